"""The scrub's rounds in the state database: where one stands, and when everything was verified last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import delete, select

from affidavit.core.clock import isoformat
from affidavit.evidence.runs import Run
from affidavit.fsck.tables import scrub_files, scrubs
from affidavit.state.statements import insert

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from affidavit.core.ids import Tenant


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """The round that goes on, or that ended last, and what earlier ones have shown."""

    began_us: int
    size: int
    """Entries of the checkpoint that the round is about."""
    root: str
    """Its root in hex; the tiles are held against it."""
    tile: int = 0
    """Tiles verified, of all levels, the lowest first."""
    object: str = ""
    """The last encrypted file beside the records that was authenticated."""
    differences: int = 0
    worked_ms: int = 0
    """Time spent, without the pauses."""
    ended_us: int | None = None
    verified_began_us: int | None = None
    """When the last round without a difference began: all of `verified_size` entries were read since then."""
    verified_ended_us: int | None = None
    verified_size: int | None = None
    found_us: int | None = None
    """When the difference was found that a sealed finding is about; None once a round finds none."""
    found_code: str | None = None
    found_where: str | None = None

    def as_dict(self, *, period_us: int, now_us: int) -> dict[str, Any]:
        """For JSON: what was verified last, the round, the open finding, and whether the period has been exceeded."""
        verified = finding = None
        if self.verified_began_us is not None:
            verified = {
                "size": self.verified_size,
                "began": isoformat(self.verified_began_us),
                "ended": isoformat(self.verified_ended_us or self.verified_began_us),
            }
        if self.found_us is not None:
            finding = {"found": isoformat(self.found_us), "code": self.found_code, "where": self.found_where}
        since_us = self.began_us if self.verified_began_us is None else self.verified_began_us
        return {
            "verified": verified,
            "round": {
                "size": self.size,
                "began": isoformat(self.began_us),
                "ended": None if self.ended_us is None else isoformat(self.ended_us),
                "differences": self.differences,
                "worked_s": round(self.worked_ms / 1000, 3),
            },
            "finding": finding,
            "late": 0 < period_us < now_us - since_us,
        }


_runs = msgspec.json.Decoder(list[Run])


def current_round(connection: Connection, tenant: Tenant) -> Round | None:
    """The round that goes on or ended last; None before the first."""
    row = connection.execute(select(scrubs).where(scrubs.c.tenant == tenant)).mappings().one_or_none()
    return None if row is None else Round(**{name: row[name] for name in Round.__struct_fields__})


def put_round(connection: Connection, tenant: Tenant, round_: Round) -> None:
    """Where the round stands now."""
    values = msgspec.structs.asdict(round_)
    change = insert(connection, scrubs).values(tenant=tenant, **values)
    connection.execute(change.on_conflict_do_update(index_elements=["tenant"], set_=values))


def verified_files(connection: Connection, tenant: Tenant) -> dict[str, list[Run]]:
    """The lake files that the round has verified, each with the records in it."""
    found = select(scrub_files.c.name, scrub_files.c.runs).where(scrub_files.c.tenant == tenant)
    return {name: _runs.decode(runs) for name, runs in connection.execute(found)}


def put_verified(connection: Connection, tenant: Tenant, name: str, runs: list[Run]) -> None:
    """The round has verified the lake file, in which these records lie."""
    values = {"runs": msgspec.json.encode(runs).decode()}
    change = insert(connection, scrub_files).values(tenant=tenant, name=name, **values)
    connection.execute(change.on_conflict_do_update(index_elements=["tenant", "name"], set_=values))


def forget_verified(connection: Connection, tenant: Tenant) -> None:
    """A new round begins."""
    connection.execute(delete(scrub_files).where(scrub_files.c.tenant == tenant))
