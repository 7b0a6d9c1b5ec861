"""Where in the lake a search looks, and what it finds there."""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from affidavit.lake.segment import Cursor
    from affidavit.lake.snapshot import StoredFile

NEVER = -(1 << 63)
"""Before any time, in microseconds."""


class Hit(msgspec.Struct, frozen=True, order=True, gc=False):
    """Where a record that fits lies; greater ones come first in results."""

    time_us: int
    index: int
    file: str
    row: int


@dataclass(frozen=True, kw_only=True)
class Span:
    """Event time from `since_us` up to `until_us`, index from `from_index` and below `below_index`, behind `after`."""

    since_us: int | None = None
    until_us: int | None = None
    from_index: int | None = None
    below_index: int | None = None
    after: Cursor | None = None

    def touches(self, file: StoredFile) -> bool:
        """Whether the file may hold some of it."""
        return (
            (self.since_us is None or file.max_time_us >= self.since_us)
            and (self.until_us is None or file.min_time_us < self.until_us)
            and (self.from_index is None or file.max_index >= self.from_index)
            and (self.below_index is None or file.min_index < self.below_index)
            and (self.after is None or file.min_time_us <= self.after.time_us)
        )

    def holds(self, times_us: pa.Array, indexes: pa.Array) -> pa.Array:
        """Which rows of such columns, of integers, are in it."""
        holds = pc.is_valid(times_us)
        if self.since_us is not None:
            holds = pc.and_(holds, pc.greater_equal(times_us, self.since_us))
        if self.until_us is not None:
            holds = pc.and_(holds, pc.less(times_us, self.until_us))
        if self.from_index is not None:
            holds = pc.and_(holds, pc.greater_equal(indexes, self.from_index))
        if self.below_index is not None:
            holds = pc.and_(holds, pc.less(indexes, self.below_index))
        if self.after is not None:
            later = pc.and_(pc.equal(times_us, self.after.time_us), pc.less(indexes, self.after.index))
            holds = pc.and_(holds, pc.or_(pc.less(times_us, self.after.time_us), later))
        return holds


class Newest:
    """The newest hits of those that several threads find."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        """So many at most."""
        self.floor_us = NEVER
        """In microseconds: what is older is not among them, as far as it is known already."""
        self._found: list[Hit] = []
        self._lock = Lock()

    def add(self, hits: Iterable[Hit]) -> None:
        """What one of them has found."""
        hits = list(hits)
        with self._lock:
            self._found += hits
            if len(self._found) >= self.limit + self.limit // 8:
                self._cut()

    def floor(self) -> int:
        """As `floor_us`, of all that were added."""
        with self._lock:
            self._cut()
            return self.floor_us

    def hits(self) -> list[Hit]:
        """Newest first."""
        with self._lock:
            self._cut()
            return list(self._found)

    def _cut(self) -> None:
        self._found.sort(reverse=True)
        del self._found[self.limit :]
        if len(self._found) == self.limit:
            self.floor_us = self._found[-1].time_us


class Every:
    """The indexes of all hits, in the place of the newest."""

    limit = sys.maxsize
    floor_us = NEVER

    def __init__(self) -> None:
        self.indexes = array("q")
        self._lock = Lock()

    def add(self, hits: Iterable[Hit]) -> None:
        """What one of several threads has found."""
        indexes = array("q", (hit.index for hit in hits))
        with self._lock:
            self.indexes += indexes
