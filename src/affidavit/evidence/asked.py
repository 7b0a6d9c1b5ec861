"""Bundles that were asked for: queued, made one after another by one worker, kept for a while, then gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
from sqlalchemy import insert, select, update

from affidavit.core.errors import NotFoundError
from affidavit.core.ids import new_uuid7
from affidavit.evidence.bundle.create import Question
from affidavit.evidence.tables import bundles

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from affidavit.core.errors import AffidavitError
    from affidavit.core.ids import Tenant
    from affidavit.evidence.bundle.create import Made
    from affidavit.state.database import Database

State = Literal["queued", "running", "done", "failed", "expired"]
_MAX_ATTEMPTS = 3


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One bundle that was asked for; see Question and Manifest for what was asked."""

    id: str
    """A UUIDv7."""
    state: State
    asked_us: int
    asked_by: str
    asked_token: str
    query: str
    since: str | None
    until: str | None
    since_us: int | None
    until_us: int | None
    disclosed: str
    attempts: int
    done: int
    """Records that are in it already."""
    total: int | None
    """Records of the range, once it is known."""
    finished_us: int | None
    records: int | None
    """Rows of a finished bundle."""
    size_bytes: int | None
    sha256: str | None
    code: str | None
    """Of the error that it failed with."""
    message: str | None

    def question(self) -> Question:
        """What the bundle is to answer."""
        return Question(
            query=self.query,
            since=self.since,
            until=self.until,
            since_us=self.since_us,
            until_us=self.until_us,
            disclosed=tuple(filter(None, self.disclosed.split(","))),
            asked_by=self.asked_by,
            asked_token=self.asked_token,
        )

    @property
    def object(self) -> str:
        """Where the tenant's store holds the finished bundle, as an age file."""
        return f"evidence/{self.id}.zip.age"


_COLUMNS = [bundles.c[name] for name in Asked.__struct_fields__]


class AskedBundles:
    """The bundles of all tenants in `database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, tenant: Tenant, question: Question, *, now_us: int) -> Asked:
        """Queue a bundle."""
        asked = Asked(
            id=new_uuid7(now_us),
            state="queued",
            asked_us=now_us,
            asked_by=question.asked_by,
            asked_token=question.asked_token,
            query=question.query,
            since=question.since,
            until=question.until,
            since_us=question.since_us,
            until_us=question.until_us,
            disclosed=",".join(question.disclosed),
            attempts=0,
            done=0,
            total=None,
            finished_us=None,
            records=None,
            size_bytes=None,
            sha256=None,
            code=None,
            message=None,
        )
        with self._database.transaction() as connection:
            connection.execute(insert(bundles), {"tenant": tenant, **msgspec.structs.asdict(asked)})
        return asked

    def get(self, tenant: Tenant, bundle: str) -> Asked:
        """The bundle of that id; NotFoundError where nobody asked for it."""
        found = select(*_COLUMNS).where(bundles.c.tenant == tenant, bundles.c.id == bundle)
        with self._database.read() as connection:
            row = connection.execute(found).mappings().one_or_none()
        if row is None:
            raise NotFoundError(f"no bundle {bundle[:64]!r} was asked for", code="unknown-bundle")
        return Asked(**row)

    def recover(self, tenant: Tenant) -> None:
        """What a worker that died has left behind is queued again, or failed where that happened too often."""
        running = (bundles.c.tenant == tenant) & (bundles.c.state == "running")
        with self._database.transaction() as connection:
            connection.execute(
                update(bundles)
                .where(running, bundles.c.attempts >= _MAX_ATTEMPTS)
                .values(
                    state="failed", code="worker-died", message="the worker died making it, again and again"
                )
            )
            connection.execute(update(bundles).where(running).values(state="queued", done=0))

    def claim(self, tenant: Tenant) -> Asked | None:
        """The oldest queued bundle, now running; None where there is none. One worker at a time asks."""
        queued = (bundles.c.tenant == tenant) & (bundles.c.state == "queued")
        with self._database.read() as connection:
            oldest = connection.scalar(select(bundles.c.id).where(queued).order_by(bundles.c.id).limit(1))
        if oldest is None:
            return None
        self._set(tenant, oldest, state="running", attempts=bundles.c.attempts + 1)
        return self.get(tenant, oldest)

    def progress(self, tenant: Tenant, bundle: str, *, done: int, total: int) -> None:
        """Say how far it is."""
        self._set(tenant, bundle, done=done, total=total)

    def finish(self, connection: Connection, tenant: Tenant, bundle: str, *, made: Made, now_us: int) -> None:
        """It is stored; as part of the caller's transaction."""
        entries = made.manifest.end - made.manifest.first
        values = {
            "state": "done",
            "done": entries,
            "total": entries,
            "finished_us": now_us,
            "records": made.manifest.stated["counts"]["matching"],
            "size_bytes": len(made.data),
            "sha256": made.sha256,
        }
        connection.execute(
            update(bundles).where(bundles.c.tenant == tenant, bundles.c.id == bundle).values(values)
        )

    def fail(self, tenant: Tenant, bundle: str, *, error: AffidavitError, now_us: int) -> None:
        """It cannot be made."""
        self._set(tenant, bundle, state="failed", finished_us=now_us, code=error.code, message=error.message)

    def outdated(self, tenant: Tenant, *, before_us: int) -> list[Asked]:
        """Finished bundles from before that moment."""
        found = select(*_COLUMNS).where(
            bundles.c.tenant == tenant, bundles.c.state == "done", bundles.c.finished_us < before_us
        )
        with self._database.read() as connection:
            return [Asked(**row) for row in connection.execute(found).mappings()]

    def expire(self, tenant: Tenant, bundle: str) -> None:
        """Its file is gone."""
        self._set(tenant, bundle, state="expired")

    def _set(self, tenant: Tenant, bundle: str, **values: object) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                update(bundles).where(bundles.c.tenant == tenant, bundles.c.id == bundle).values(values)
            )
