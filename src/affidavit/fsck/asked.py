"""fsck as somebody asks for it over the API, and its last answer; another process looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select, update

from affidavit.fsck.tables import fscks
from affidavit.state.statements import insert

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from affidavit.core.ids import Tenant


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """When it was asked for last, and the last answer."""

    asked_us: int
    answered_us: int | None = None
    report: str | None = None

    @property
    def waits(self) -> bool:
        """Whether nobody has looked since it was asked for."""
        return self.answered_us is None or self.answered_us < self.asked_us

    def decoded(self) -> dict[str, Any] | None:
        """The last report."""
        return None if self.report is None else msgspec.json.decode(self.report, type=dict[str, Any])


def ask(connection: Connection, tenant: Tenant, *, now_us: int) -> None:
    """Somebody should look."""
    change = insert(connection, fscks).values(tenant=tenant, asked_us=now_us)
    change = change.on_conflict_do_update(index_elements=["tenant"], set_={"asked_us": now_us})
    connection.execute(change)


def asked(connection: Connection, tenant: Tenant) -> Asked | None:
    """What was asked for and answered; None where nobody ever asked."""
    columns = [fscks.c[name] for name in Asked.__struct_fields__]
    row = connection.execute(select(*columns).where(fscks.c.tenant == tenant)).one_or_none()
    return None if row is None else Asked(**row._asdict())


def answer(connection: Connection, tenant: Tenant, report: dict[str, Any], *, now_us: int) -> None:
    """Somebody has looked."""
    values = {"answered_us": now_us, "report": msgspec.json.encode(report).decode()}
    connection.execute(update(fscks).where(fscks.c.tenant == tenant).values(values))
