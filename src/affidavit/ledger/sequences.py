"""Where each source's count of records goes on: `seq` has no holes, across restarts and tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from affidavit.core.ids import SourceName
from affidavit.ledger.tables import sequences
from affidavit.state.statements import insert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from affidavit.core.ids import Tenant


def next_seqs(connection: Connection, tenant: Tenant) -> dict[SourceName, int]:
    """The `seq` that each source's next record takes; a source that has none yet is absent."""
    found = select(sequences.c.source, sequences.c.next_seq).where(sequences.c.tenant == tenant)
    return {SourceName(source): next_seq for source, next_seq in connection.execute(found)}


def advance_seqs(connection: Connection, tenant: Tenant, *, next_seqs: Mapping[SourceName, int]) -> None:
    """Moves the named sources on; one that is further already stays, as a `seq` is never given twice."""
    if not next_seqs:
        return
    change = insert(connection, sequences)
    change = change.on_conflict_do_update(
        index_elements=["tenant", "source"],
        set_={"next_seq": change.excluded.next_seq},
        where=sequences.c.next_seq < change.excluded.next_seq,
    )
    rows = [{"tenant": tenant, "source": name, "next_seq": at} for name, at in sorted(next_seqs.items())]
    connection.execute(change, rows)
