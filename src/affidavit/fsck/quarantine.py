"""The quarantine's list against its objects and against the receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select

from affidavit.fsck.problem import Problem
from affidavit.intake.tables import quarantine
from affidavit.ledger.tables import receipts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

    from affidavit.core.ids import Tenant

_ROWS_AT_ONCE = 1000


def check_quarantine(connection: Connection, tenant: Tenant, objects: Iterable[str]) -> Iterator[Problem]:
    """Each line's object is there, each object is in the list, and each receipt's count is that of the list."""
    unlisted = set(objects)
    lines = quarantine.c.tenant == tenant
    named = select(quarantine.c.object, func.min(quarantine.c.id)).where(lines).group_by(quarantine.c.object)
    for name, line in connection.execute(named.execution_options(yield_per=_ROWS_AT_ONCE)):
        if name not in unlisted:
            yield Problem("quarantine-missing", name, f"is not there, and line {line} lies in it")
        unlisted.discard(name)
    for name in sorted(unlisted):
        yield Problem("quarantine-unlisted", name, "is in no list", harmless=True)
    counted = (
        select(quarantine.c.batch, func.count().label("lines")).where(lines).group_by(quarantine.c.batch)
    )
    listed = counted.subquery()
    count = func.coalesce(listed.c.lines, 0)
    differing = (
        select(receipts.c.batch, receipts.c.quarantined, count)
        .select_from(receipts.outerjoin(listed, listed.c.batch == receipts.c.batch))
        .where(and_(receipts.c.tenant == tenant, receipts.c.quarantined != count))
        .order_by(receipts.c.batch)
    )
    for batch, stated, found in connection.execute(differing.execution_options(yield_per=_ROWS_AT_ONCE)):
        what = f"says that {stated} lines were quarantined, and the list has {found}"
        yield Problem("quarantine-differs", f"receipt {batch}", what)
