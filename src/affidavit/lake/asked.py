"""Rows of files that a question is asked of: which of them fit, and where the newest of these lie."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, islice
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from affidavit.lake.columns import plain
from affidavit.lake.evaluate import fits
from affidavit.lake.hits import NEVER, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from affidavit.lake.columns import Columns, Stretch
    from affidavit.lake.hits import Every, Newest, Span
    from affidavit.lake.predicate import Predicate

_NEWEST_FIRST = [("time", "descending"), ("index", "descending")]


class Rows:
    """Stretches one after the other, asked at once: a question takes as long for many short ones as for one."""

    def __init__(self, columns: Columns, stretches: Sequence[Stretch]) -> None:
        self._columns = columns
        self._stretches = stretches
        self._firsts = list(accumulate((stretch.end - stretch.start for stretch in stretches), initial=0))
        self._read: dict[str, pa.Array] = {}

    def __len__(self) -> int:
        return self._firsts[-1]

    def column(self, name: str) -> pa.Array:
        """The values of a column in all rows."""
        values = self._read.get(name)
        if values is None:
            pieces = [self._columns.of(stretch, name) for stretch in self._stretches]
            values = pieces[0] if len(pieces) == 1 else pa.concat_arrays(list(map(plain, pieces)))
            self._read[name] = values
        return values

    def column_of(self, some: slice, name: str) -> pa.Array:
        """The same of some of them."""
        return self.column(name)[some]

    def fitting(self, predicate: Predicate, span: Span) -> pa.BooleanArray:
        """Which of them fit."""
        mask = fits(predicate, self.column, len(self))
        if mask.true_count:
            mask = pc.and_(mask, span.holds(self.column("time"), self.column("index")))
        return mask

    def look(self, predicate: Predicate, span: Span, newest: Newest | Every) -> None:
        """Adds the newest of those that fit."""
        fitting = self.fitting(predicate, span)
        if fitting.true_count:
            newest.add(islice(self.hits(pc.indices_nonzero(fitting), newest), newest.limit))

    def hits(self, rows: pa.Array, newest: Newest | Every) -> Iterator[Hit]:
        """Those of the rows of these numbers that may be among the newest: where they are many, newest first."""
        times_us = self.column("time").take(rows)
        if newest.floor_us > NEVER:
            late = pc.greater_equal(times_us, newest.floor_us)
            rows, times_us = rows.filter(late), times_us.filter(late)
        indexes = self.column("index").take(rows)
        order = None
        if len(rows) > newest.limit:
            table = pa.table({"time": times_us, "index": indexes})
            order = pc.sort_indices(table, sort_keys=_NEWEST_FIRST)
        for at in range(0, len(rows), newest.limit):
            columns = (rows, times_us, indexes)
            if order is not None:
                some = order[at : at + newest.limit]
                columns = tuple(column.take(some) for column in columns)
            for row, time_us, index in zip(*(column.to_pylist() for column in columns), strict=True):
                yield Hit(time_us, index, *self._place(row))

    def _place(self, row: int) -> tuple[str, int]:
        """File and number in it."""
        at = bisect_right(self._firsts, row) - 1
        stretch = self._stretches[at]
        return stretch.file, stretch.row(row - self._firsts[at])
