"""Which spellings of an actor a file holds, so that a search for one reads the few row groups that hold them.

`actors` has several names of one actor in a value, and asking each row whether one is among them is slow. Files have
few actors and never change: their distinct values are read once and remembered, in bounded memory. A search
then asks for equal values, which Parquet's statistics answer for whole row groups, since rows are sorted by them.
Most files have the same actors, so a value is kept once, however many files hold it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
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
_VALUE_BYTES, _FILE_BYTES = 160, 300
"""What remembering one takes beside its text."""


def actors_of(predicate: Predicate) -> tuple[Pattern, ...]:
    """The actors that every record that fits must have."""
    terms = predicate.terms if isinstance(predicate, All) else (predicate,)
    return tuple(term.pattern for term in terms if isinstance(term, Matches) and term.field == "actor")


class _Known:
    """What is remembered until there is no more room."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        """Every value that a file has, by itself."""
        self.files: dict[str, tuple[str, ...] | None] = {}
        """The values of each file, sorted; None where they are too many."""
        self.size_bytes = 0

    def add(self, name: str, values: set[str] | None) -> tuple[str, ...] | None:
        new = (values or set()) - self.values.keys()
        self.values.update(zip(new, new, strict=True))
        self.files[name] = None if values is None else tuple(sorted(map(self.values.__getitem__, values)))
        self.size_bytes += (
            sum(_VALUE_BYTES + len(value) for value in new) + _FILE_BYTES + 8 * len(values or ())
        )
        return self.files[name]


class ActorIndex:
    """The distinct values of `actors` in each file. Safe to ask from several threads."""

    def __init__(self, files: SealedFiles) -> None:
        self._files = files
        self._known = _Known()
        self._lock = Lock()

    def narrowed(self, names: Iterable[str], patterns: Iterable[Pattern]) -> tuple[list[str], Condition]:
        """The files that can hold records of all these actors, and what then is true of such records."""
        left, condition = list(names), TRUE
        known = self._known  # the same to the end, even if another thread starts a new one
        for pattern in patterns:
            held = {name: self._values(name, known) for name in left}
            fits = _fitting(pattern)
            fitting = [value for value in list(known.values) if fits(value)]
            found = {name: values and _among(fitting, values) for name, values in held.items()}
            left = [name for name in left if held[name] is None or found[name]]
            values = {value for name in left for value in found[name] or ()}
            if 0 < len(values) <= _MAX_ASKED and all(held[name] is not None for name in left):
                marks = ", ".join("?" * len(values))
                condition &= Condition(f"(actors IN ({marks}))", tuple(sorted(values)))
        return left, condition

    def _values(self, name: str, known: _Known) -> tuple[str, ...] | None:
        """Sorted; None where there are too many."""
        if name in known.files:
            return known.files[name]
        found = self._read(name)
        with self._lock:
            if known.size_bytes > _MAX_BYTES and self._known is known:
                self._known = _Known()  # for the next question; files that are gone have their room here, too
            return known.add(name, found)

    def _read(self, name: str) -> set[str] | None:
        found: set[str] = set()
        for batch in ParquetFile(self._files.open(name)).batches(("actors",)):
            column = batch.column(0)
            values = column.dictionary if pa.types.is_dictionary(column.type) else pc.unique(column)
            found.update(values.to_pylist())
            if len(found) > _MAX_VALUES:
                return None
        return found


def _fitting(pattern: Pattern) -> Callable[[str], object]:
    """Whether a value of `actors` holds the actor; the same as the lake's SQL says of rows."""
    if pattern.is_plain:
        sought = match_line(pattern.pieces[0])
        return lambda value: sought in value
    lines = [re.escape(piece.lower().replace("\n", " ")) for piece in pattern.pieces]
    return re.compile("\n" + "[^\n]*".join(lines) + "\n").search


def _among(fitting: list[str], values: tuple[str, ...]) -> list[str]:
    """Those of `fitting` that are among the sorted values."""
    if len(fitting) > _MAX_ASKED:
        return list(set(fitting).intersection(values))
    return [
        value for value in fitting if (at := bisect_left(values, value)) < len(values) and values[at] == value
    ]
