"""What became of each batch: how much of it was kept, and where in the log it is sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from affidavit.core.ids import BatchId, SourceName  # noqa: TC001 - msgspec resolves the fields' types
from affidavit.ledger.tables import receipts
from affidavit.state.statements import insert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection, Row

    from affidavit.core.ids import Tenant


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """One acknowledged batch; the last five are None where nothing of it was accepted or sealed yet."""

    batch: BatchId
    source: SourceName
    idempotency_key: str | None = None
    accepted: int
    """Records kept."""
    quarantined: int
    """Lines refused, kept verbatim in quarantine."""
    received_us: int
    first_seq: int | None = None
    last_seq: int | None = None
    first_index: int | None = None
    last_index: int | None = None
    checkpoint_size: int | None = None
    """Size of the first checkpoint that covers the batch."""


_ROWS_AT_ONCE = 1000
_COLUMNS = [receipts.c[name] for name in Receipt.__struct_fields__]


def put_receipts(connection: Connection, tenant: Tenant, *, batches: Iterable[Receipt]) -> None:
    """Keeps the receipts; one of a batch that has one already replaces it."""
    rows = [{"tenant": tenant, **msgspec.structs.asdict(receipt)} for receipt in batches]
    if not rows:
        return
    change = insert(connection, receipts)
    change = change.on_conflict_do_update(
        index_elements=["tenant", "batch"],
        set_={name: change.excluded[name] for name in Receipt.__struct_fields__ if name != "batch"},
    )
    connection.execute(change, rows)


def receipt(connection: Connection, tenant: Tenant, *, batch: str) -> Receipt | None:
    """The receipt of a batch; None where no such batch was acknowledged and written down."""
    found = select(*_COLUMNS).where(receipts.c.tenant == tenant, receipts.c.batch == batch)
    return _receipt(connection.execute(found).one_or_none())


def all_receipts(connection: Connection, tenant: Tenant) -> Iterator[Receipt]:
    """Every receipt, in the order of the batches' ids."""
    found = select(*_COLUMNS).where(receipts.c.tenant == tenant).order_by(receipts.c.batch)
    for row in connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(found):
        yield Receipt(**row._asdict())


def receipt_of_key(
    connection: Connection, tenant: Tenant, *, source: SourceName, idempotency_key: str, since_us: int
) -> Receipt | None:
    """The latest receipt of that source and key that was received at `since_us` or later."""
    found = (
        select(*_COLUMNS)
        .where(
            receipts.c.tenant == tenant,
            receipts.c.source == source,
            receipts.c.idempotency_key == idempotency_key,
            receipts.c.received_us >= since_us,
        )
        .order_by(receipts.c.received_us.desc(), receipts.c.batch.desc())
        .limit(1)
    )
    return _receipt(connection.execute(found).one_or_none())


def _receipt(row: Row[tuple[object, ...]] | None) -> Receipt | None:
    return None if row is None else Receipt(**row._asdict())
