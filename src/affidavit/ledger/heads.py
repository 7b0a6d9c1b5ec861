"""The head of each log: how much is sealed, and from where in the spool to go on.

The head moves by compare-and-swap inside the transaction that also moves sequences and receipts, so that a
crash leaves either all of a step or nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from affidavit.core.errors import ConflictError
from affidavit.ledger.tables import heads
from affidavit.state.statements import insert

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

    from affidavit.core.ids import Tenant
    from affidavit.state.database import Database


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What one log has sealed."""

    size: int
    """Entries in the tree."""
    root: bytes
    """Of the tree of that size."""
    spool_segment: int
    spool_offset: int
    """Where in the spool the first unsealed byte is."""
    checkpoint: str
    """The signed note that was published for this head, or is about to be."""
    moved_us: int


class Heads:
    """The heads in `database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, tenant: Tenant) -> Head | None:
        """The head of the tenant's log; None before its first."""
        with self._database.read() as connection:
            return self.within(connection, tenant)

    def within(self, connection: Connection, tenant: Tenant) -> Head | None:
        """As `get`, as the caller's transaction sees it."""
        row = connection.execute(select(heads).where(heads.c.tenant == tenant)).mappings().one_or_none()
        if row is None:
            return None
        return Head(**{name: row[name] for name in Head.__struct_fields__})

    def advance(self, connection: Connection, tenant: Tenant, *, expected_size: int, head: Head) -> None:
        """Moves the head from `expected_size` (0 where there is none yet) to `head`.

        ConflictError (code `head-moved`) where the log is not at `expected_size` or would shrink: another
        writer was there, and the caller's transaction must not commit.
        """
        values = {"tenant": tenant, **msgspec.structs.asdict(head)}
        at_expected = heads.c.size == expected_size
        change: ReturningInsert[tuple[str]] | ReturningUpdate[tuple[str]]
        if expected_size:
            update = heads.update().where(heads.c.tenant == tenant, at_expected).values(values)
            change = update.returning(heads.c.tenant)
        else:
            first = insert(connection, heads).values(values)
            first = first.on_conflict_do_update(index_elements=["tenant"], set_=values, where=at_expected)
            change = first.returning(heads.c.tenant)
        if head.size < expected_size or connection.execute(change).one_or_none() is None:
            raise ConflictError(
                f"the log of {tenant} is not at {expected_size} entries, so it cannot move to {head.size}",
                code="head-moved",
                hint="Another process writes this log. Stop one of them; nothing was changed by this one.",
            )
