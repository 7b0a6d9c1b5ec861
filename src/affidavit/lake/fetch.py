"""What lies where hits are: of each row group the narrow columns, and of the parts the pages that hits are in."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache, partial
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa

from affidavit.lake.evaluate import fits
from affidavit.lake.parts import apart
from affidavit.lake.schema import PARTS
from affidavit.lake.segment import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from affidavit.lake.columns import Columns
    from affidavit.lake.hits import Hit
    from affidavit.lake.pages import Place
    from affidavit.lake.predicate import Predicate

_NARROW = {
    "index": pa.int64(),
    "record": pa.binary(),
    "kind": pa.string(),
    "source": pa.string(),
    "received": pa.int64(),
}
_KNOWN_GROUPS = 2048
"""Of so many row groups it is remembered where their pages lie: some 10 MB."""
_KNOWN_ROWS = 16384
"""Of so many groups of rows, mostly of one, the narrow columns are remembered: some 15 MB."""
_SMALL_GROUPS = 4
_T = TypeVar("_T")


class Fetcher:
    """Fetches what is at hits. Safe to ask from several threads.

    A search stays on its own thread for this: on more, it would be a third faster on a machine at rest, no faster on
    one that is busy, and what receives would wait for it.
    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._places = lru_cache(_KNOWN_GROUPS)(self._read_places)
        self._narrow = lru_cache(_KNOWN_ROWS)(self._read_narrow)

    def rows(self, hits: Sequence[Hit]) -> list[Found]:
        """The rows of the hits, in their order."""
        found = {row.index: row for row in self._each(self._rows, hits)}
        return [found[hit.index] for hit in hits]

    def fitting(self, hits: Sequence[Hit], text: Predicate) -> list[Hit]:
        """Those of the hits whose originals fit, in no order."""
        indexes = set(self._each(partial(self._fitting, text), hits))
        return [hit for hit in hits if hit.index in indexes]

    def _each(
        self, look: Callable[[str, int, tuple[int, ...]], Iterable[_T]], hits: Sequence[Hit]
    ) -> list[_T]:
        """What `look` finds at the hits, by file, row group and rows within it, ascending."""
        places = sorted(hits, key=attrgetter("file", "row"))
        return [
            found
            for name, group in groupby(places, attrgetter("file"))
            for found in self._of_file(look, name, [hit.row for hit in group])
        ]

    def _of_file(
        self, look: Callable[[str, int, tuple[int, ...]], Iterable[_T]], name: str, rows: Sequence[int]
    ) -> list[_T]:
        firsts = self._columns.groups(name)
        return [
            found
            for group, members in groupby(rows, lambda row: bisect_right(firsts, row) - 1)
            for found in look(name, group, tuple(row - firsts[group] for row in members))
        ]

    def _rows(self, name: str, group: int, rows: tuple[int, ...]) -> Iterator[Found]:
        parts = map(apart, self._parts(name, group, rows))
        return map(Found, *self._narrow(name, group, rows), *zip(*parts, strict=True))

    def _fitting(self, text: Predicate, name: str, group: int, rows: tuple[int, ...]) -> list[int]:
        """The indexes of those of the rows whose originals fit."""
        taken = pa.array(rows, pa.int64())
        parts = pa.array(self._parts(name, group, rows), pa.large_binary()).view(pa.large_string())

        def column(wanted: str) -> pa.Array:
            if wanted == PARTS:
                return parts
            return self._columns.file(name).columns_of(group, [wanted]).column(0).take(taken)

        indexes: list[int] = column("index").filter(fits(text, column, len(rows))).to_pylist()
        return indexes

    def _parts(self, name: str, group: int, rows: Sequence[int]) -> list[bytes]:
        return self._columns.file(name).parts_at(group, rows, self._places(name, group))

    def _read_places(self, name: str, group: int) -> tuple[Place, ...]:
        return self._columns.file(name).places(group)

    def _read_narrow(self, name: str, group: int, rows: tuple[int, ...]) -> list[list[object]]:
        """The columns of _NARROW at these rows; of a small file, to which others come as well, they are kept whole."""
        taken, stretches = pa.array(rows, pa.int64()), self._columns.stretches(name)
        if len(stretches) <= _SMALL_GROUPS:
            columns = (self._columns.of(stretches[group], wanted) for wanted in _NARROW)
        else:
            columns = iter(self._columns.file(name).columns_of(group, list(_NARROW)))
        return [
            column.take(taken).cast(kind).to_pylist()
            for column, kind in zip(columns, _NARROW.values(), strict=True)
        ]
