"""Which spellings of an actor a file holds, so that a search for one reads the few row groups that hold them.

`actors` has several names of one actor in a value, and asking each row whether one is among them is slow. Files have
few actors and never change: their distinct values are read once and remembered, in bounded memory. A search
then asks for equal values, which Parquet's statistics answer for whole row groups, since rows are sorted by them.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from affidavit.formats.record.columns import match_line
from affidavit.lake.compile import TRUE, Condition
from affidavit.lake.parquet import ParquetFile
from affidavit.lake.predicate import All, Matches, Pattern, Predicate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from affidavit.lake.sealed_files import SealedFiles

_MAX_BYTES = 48 << 20
_MAX_VALUES = 20_000
"""Of a file with more actors nothing is remembered, and all its rows are asked."""
_MAX_ASKED = 200
_OVERHEAD_BYTES = 80


def actors_of(predicate: Predicate) -> tuple[Pattern, ...]:
    """The actors that every record that fits must have."""
    terms = predicate.terms if isinstance(predicate, All) else (predicate,)
    return tuple(term.pattern for term in terms if isinstance(term, Matches) and term.field == "actor")


class ActorIndex:
    """The distinct values of `actors` in each file. Safe to ask from several threads."""

    def __init__(self, files: SealedFiles) -> None:
        self._files = files
        self._known: OrderedDict[str, tuple[str, ...] | None] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def narrowed(self, names: Iterable[str], patterns: Iterable[Pattern]) -> tuple[list[str], Condition]:
        """The files that can hold records of all these actors, and what then is true of such records."""
        left, condition = list(names), TRUE
        for pattern in patterns:
            fits = _fitting(pattern)
            holding = {name: _held(self._values(name), fits) for name in left}
            left = [name for name in left if holding[name] is None or holding[name]]
            values: set[str] = set()
            for name in left:
                values.update(holding[name] or ())
            if 0 < len(values) <= _MAX_ASKED and all(holding[name] is not None for name in left):
                marks = ", ".join("?" * len(values))
                condition &= Condition(f"(actors IN ({marks}))", tuple(sorted(values)))
        return left, condition

    def _values(self, name: str) -> tuple[str, ...] | None:
        """None where there are too many."""
        with self._lock:
            if name in self._known:
                self._known.move_to_end(name)
                return self._known[name]
        found = self._read(name)
        with self._lock:
            if name not in self._known:
                self._bytes += _size_bytes(found)
            self._known[name] = found
            while self._bytes > _MAX_BYTES:
                self._bytes -= _size_bytes(self._known.popitem(last=False)[1])
        return found

    def _read(self, name: str) -> tuple[str, ...] | None:
        found: set[str] = set()
        for batch in ParquetFile(self._files.open(name)).batches(("actors",)):
            column = batch.column(0)
            values = column.dictionary if pa.types.is_dictionary(column.type) else pc.unique(column)
            found.update(values.to_pylist())
            if len(found) > _MAX_VALUES:
                return None
        return tuple(found)


def _fitting(pattern: Pattern) -> Callable[[str], object]:
    """Whether a value of `actors` holds the actor; the same as the lake's SQL says of rows."""
    if pattern.is_plain:
        sought = match_line(pattern.pieces[0])
        return lambda value: sought in value
    lines = [re.escape(piece.lower().replace("\n", " ")) for piece in pattern.pieces]
    return re.compile("\n" + "[^\n]*".join(lines) + "\n").search


def _held(values: tuple[str, ...] | None, fits: Callable[[str], object]) -> list[str] | None:
    return None if values is None else [value for value in values if fits(value)]


def _size_bytes(values: tuple[str, ...] | None) -> int:
    return _OVERHEAD_BYTES + sum(_OVERHEAD_BYTES + len(value) for value in values or ())
