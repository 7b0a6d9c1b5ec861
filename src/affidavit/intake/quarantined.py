"""The list of refused lines: which they are, where they stood, why, and where their bytes lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import func, select, tuple_

from affidavit.core.ids import BatchId, SourceName
from affidavit.intake.tables import quarantine
from affidavit.state.statements import insert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from affidavit.core.ids import Tenant


class QuarantinedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was refused, without its bytes."""

    id: str
    """UUIDv7 in text form."""
    source: SourceName
    batch: BatchId
    line: int
    """1-based, in the decompressed body."""
    byte: int
    """0-based offset of the line in the decompressed body."""
    size_bytes: int
    code: str
    reason: str
    received_us: int
    object: str
    """The name of the encrypted object that holds the bytes, verbatim."""
    item: int
    """Which of that object's items they are."""


_COLUMNS = [quarantine.c[name] for name in QuarantinedLine.__struct_fields__]


def add_quarantined(connection: Connection, tenant: Tenant, *, lines: Iterable[QuarantinedLine]) -> None:
    """Adds the lines; one whose id is there already goes on in another chunk, and its size grows.

    Call it in the transaction that moves the head past those chunks, so that none counts twice. A reason may
    quote what was refused: what a database cannot hold as text is replaced in it, so that no line can stop the
    others.
    """
    rows = [
        {"tenant": tenant, **msgspec.structs.asdict(line), "reason": _storable(line.reason)} for line in lines
    ]
    if rows:
        change = insert(connection, quarantine)
        change = change.on_conflict_do_update(
            index_elements=["tenant", "id"],
            set_={"size_bytes": quarantine.c.size_bytes + change.excluded.size_bytes},
        )
        connection.execute(change, rows)


def quarantined(connection: Connection, tenant: Tenant, *, id: str) -> QuarantinedLine | None:  # noqa: A002 - the domain's word
    """The line of that id; None where there is none."""
    found = select(*_COLUMNS).where(quarantine.c.tenant == tenant, quarantine.c.id == id)
    row = connection.execute(found).one_or_none()
    return None if row is None else QuarantinedLine(**row._asdict())


def quarantined_page(
    connection: Connection,
    tenant: Tenant,
    *,
    source: SourceName | None = None,
    before: tuple[int, str] | None = None,
    limit: int = 100,
) -> list[QuarantinedLine]:
    """Up to `limit` lines, newest first, of one source or all.

    The next page is the one `before` the last line's (received_us, id).
    """
    found = select(*_COLUMNS).where(quarantine.c.tenant == tenant)
    if source is not None:
        found = found.where(quarantine.c.source == source)
    if before is not None:
        found = found.where(tuple_(quarantine.c.received_us, quarantine.c.id) < tuple_(*before))
    found = found.order_by(quarantine.c.received_us.desc(), quarantine.c.id.desc()).limit(limit)
    return [QuarantinedLine(**row._asdict()) for row in connection.execute(found)]


def _storable(text: str) -> str:
    return text.encode(errors="replace").decode().replace("\0", "\ufffd")


def count_quarantined(connection: Connection, tenant: Tenant) -> dict[SourceName, int]:
    """How many lines of each source are in quarantine."""
    found = (
        select(quarantine.c.source, func.count())
        .where(quarantine.c.tenant == tenant)
        .group_by(quarantine.c.source)
    )
    return {SourceName(source): count for source, count in connection.execute(found)}
