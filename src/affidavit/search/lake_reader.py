"""Answers readers from the lake: only what the head covers is shown, whether or not its checkpoint is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.core.errors import UsageError
from affidavit.formats.record.parts import Parts
from affidavit.lake.segment import Cursor, Row
from affidavit.lake.select import Selection
from affidavit.search.language import parse
from affidavit.search.reader import Page, StoredRecord, Wanted
from affidavit.search.results import line
from affidavit.search.when import moment_us

if TYPE_CHECKING:
    from affidavit.core.clock import Clock
    from affidavit.core.ids import Tenant
    from affidavit.lake.lake import Lake
    from affidavit.ledger.heads import Heads


class LakeReader:
    """The Reader of one tenant, in the process that holds the query engine."""

    def __init__(self, lake: Lake, heads: Heads, *, tenant: Tenant, clock: Clock) -> None:
        self._lake = lake
        self._heads = heads
        self._tenant = tenant
        self._clock = clock

    def page(self, wanted: Wanted) -> Page:
        """One page of a search."""
        now_us = self._clock.now_us()
        selection = Selection(
            predicate=parse(wanted.query),
            since_us=None if wanted.since is None else moment_us(wanted.since, now_us=now_us),
            until_us=None if wanted.until is None else moment_us(wanted.until, now_us=now_us),
            below_index=self._size(),
        )
        found = self._lake.select(selection, limit=wanted.limit, after=_cursor(wanted.cursor))
        following = None if found.next is None else f"{found.next.time_us}.{found.next.index}"
        return Page(lines=list(map(line, found.rows)), next=following)

    def rows(self, first: int, end: int) -> list[StoredRecord]:
        """The sealed records of an index range, in order."""
        return [_stored(row) for row in self._lake.rows(first, min(end, self._size()))]

    def _size(self) -> int:
        head = self._heads.get(self._tenant)
        return 0 if head is None else head.size


def _stored(row: Row) -> StoredRecord:
    return StoredRecord(
        index=row.index,
        record=row.record,
        salt=row.salt or b"",
        kind=row.kind,
        source=row.source,
        class_uid=row.class_uid,
        mapper=row.mapper,
        seq=row.seq,
        received_us=row.received_us,
        sealed_us=row.sealed_us,
        batch=row.batch,
        parts=Parts(actor=row.actor, detail=row.detail, facts=row.facts, raw=row.raw, target=row.target),
    )


def _cursor(text: str | None) -> Cursor | None:
    if text is None:
        return None
    time_us, _, index = text.partition(".")
    try:
        return Cursor(int(time_us), int(index))
    except ValueError as error:
        raise UsageError(f"{text[:64]!r} is not a cursor", code="cursor") from error
