"""Where in the lake a search looks, and what it finds there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from affidavit.lake.compile import TRUE, Condition

if TYPE_CHECKING:
    from affidavit.lake.segment import Cursor
    from affidavit.lake.snapshot import StoredFile


class Hit(msgspec.Struct, frozen=True, order=True, gc=False):
    """Where a record that fits lies; greater ones come first in results."""

    time_us: int
    index: int
    file: str
    row: int


@dataclass(frozen=True, kw_only=True)
class Span:
    """Event time from `since_us` up to `until_us`, index below `below_index`, and behind `after` in the results."""

    since_us: int | None = None
    until_us: int | None = None
    below_index: int | None = None
    after: Cursor | None = None

    def touches(self, file: StoredFile) -> bool:
        """Whether the file may hold some of it."""
        return (
            (self.since_us is None or file.max_time_us >= self.since_us)
            and (self.until_us is None or file.min_time_us < self.until_us)
            and (self.below_index is None or file.min_index < self.below_index)
            and (self.after is None or file.min_time_us <= self.after.time_us)
        )

    def condition(self) -> Condition:
        """The same for DuckDB."""
        condition = TRUE
        if self.since_us is not None:
            condition &= Condition("time >= make_timestamptz(?::BIGINT)", (self.since_us,))
        if self.until_us is not None:
            condition &= Condition("time < make_timestamptz(?::BIGINT)", (self.until_us,))
        if self.below_index is not None:
            condition &= Condition("index < ?", (self.below_index,))
        if self.after is not None:
            time_us, index = self.after.time_us, self.after.index
            condition &= Condition("time <= make_timestamptz(?::BIGINT)", (time_us,))
            condition &= Condition("(time < make_timestamptz(?::BIGINT) OR index < ?)", (time_us, index))
        return condition

    def holds(self, times_us: pa.Array, indexes: pa.Array) -> pa.Array:
        """The same for columns of integers: one boolean a row."""
        holds = pc.is_valid(times_us)
        if self.since_us is not None:
            holds = pc.and_(holds, pc.greater_equal(times_us, self.since_us))
        if self.until_us is not None:
            holds = pc.and_(holds, pc.less(times_us, self.until_us))
        if self.below_index is not None:
            holds = pc.and_(holds, pc.less(indexes, self.below_index))
        if self.after is not None:
            later = pc.and_(pc.equal(times_us, self.after.time_us), pc.less(indexes, self.after.index))
            holds = pc.and_(holds, pc.or_(pc.less(times_us, self.after.time_us), later))
        return holds
