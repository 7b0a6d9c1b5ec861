"""Which rows of each file are whose, so that a search for somebody looks at these rows alone.

`actors` has several names of one actor in a value, and asking each row whether one is among them is slow. Files have
few actors and never change: what is in the column is read once and remembered, in bounded memory, each value once
however many files hold it. Compacted files are sorted by it; of others the order is remembered in which they would be.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import OrderedDict
from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from affidavit.lake.columns import Stretch, least_type
from affidavit.lake.evaluate import fits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from affidavit.lake.columns import Columns
    from affidavit.lake.predicate import Predicate

COLUMN = "actors"
_MAX_BYTES = 32 << 20
"""Of the values, and as much again of where they are."""
_MAX_VALUES = 20_000
"""Of a file with more actors nothing is remembered, and all its rows are asked."""
_MAX_ASKED = 200
_VALUE_BYTES, _FILE_BYTES = 240, 600
"""What remembering one takes beside its text and its numbers."""


class _Held(NamedTuple):
    """Where the rows of each value lie in a file, by the numbers of the values, ascending."""

    values: array[int]
    starts: array[int]
    ends: array[int]
    order: pa.Array | None
    """As that of a Stretch."""

    def stretches(self, name: str, fitting: Iterable[int]) -> Iterator[Stretch]:
        """The rows that have one of these values."""
        for value in fitting:
            at = bisect_left(self.values, value)
            if at < len(self.values) and self.values[at] == value:
                yield Stretch(name, self.starts[at], self.ends[at], self.order)

    def size_bytes(self) -> int:
        """That it takes."""
        return _FILE_BYTES + 12 * len(self.values) + (0 if self.order is None else self.order.nbytes)


class _Known:
    """Distinct values by their numbers, and the files that were read last."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._texts = pa.array([], pa.string())
        self._texts_bytes = 0
        self._files: OrderedDict[str, _Held | None] = OrderedDict()
        self._files_bytes = 0
        self._lock = Lock()

    @property
    def is_full(self) -> bool:
        """Whether there is no room for more values."""
        return self._texts_bytes > _MAX_BYTES

    def numbers(self, values: Sequence[str]) -> list[int]:
        """Of these values, which from now on have one."""
        with self._lock:
            known = self._numbers
            new = [value for value in values if value not in known]
            if new:
                known.update(zip(new, range(len(known), len(known) + len(new)), strict=True))
                self._texts = pa.concat_arrays([self._texts, pa.array(new, pa.string())])
                self._texts_bytes += sum(_VALUE_BYTES + 2 * len(value) for value in new)
            return [known[value] for value in values]

    def fitting(self, predicate: Predicate) -> list[int]:
        """The numbers of the values that fit, ascending."""
        texts = self._texts
        numbers: list[int] = pc.indices_nonzero(fits(predicate, lambda _: texts, len(texts))).to_pylist()
        return numbers

    def file(self, name: str, read: Callable[[str], _Held | None]) -> _Held | None:
        """Where the values are in the file, None where they are too many; read where it is not remembered."""
        with self._lock:
            if name in self._files:
                self._files.move_to_end(name)
                return self._files[name]
        found = read(name)
        with self._lock:
            if name not in self._files:
                self._files[name] = found
                self._files_bytes += _size_bytes(found)
            while self._files_bytes > _MAX_BYTES:
                self._files_bytes -= _size_bytes(self._files.popitem(last=False)[1])
        return found


class ActorIndex:
    """Where the rows of each actor lie. Safe to ask from several threads."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._known = _Known()

    def narrowed(self, names: Iterable[str], predicate: Predicate) -> tuple[list[Stretch], list[str]]:
        """The rows that fit a predicate about actors alone, and the files of which that is not known."""
        if self._known.is_full:
            self._known = _Known()
        known = self._known  # the same to the end, even if another thread starts a new one
        files = {name: known.file(name, lambda name: self._read(name, known)) for name in names}
        fitting = known.fitting(predicate)
        if len(fitting) > _MAX_ASKED:
            return [], list(files)
        stretches = (file.stretches(name, fitting) for name, file in files.items() if file is not None)
        return list(chain.from_iterable(stretches)), [name for name, file in files.items() if file is None]

    def _read(self, name: str, known: _Known) -> _Held | None:
        found = []
        distinct: set[int] = set()
        for batch in self._columns.file(name).batches((COLUMN,)):
            column = batch.column(0)
            if not pa.types.is_dictionary(column.type):
                column = column.dictionary_encode()
            numbers = known.numbers(column.dictionary.to_pylist())
            distinct.update(numbers)
            if len(distinct) > _MAX_VALUES:
                return None
            found.append(pa.array(numbers, pa.int32()).take(column.indices))
        values = pa.concat_arrays(found)
        runs, order = pc.run_end_encode(values), None
        if len(runs.values) > len(values.unique()):
            order = pc.sort_indices(values)
            runs, order = pc.run_end_encode(values.take(order)), order.cast(least_type(len(order)))
        ends = runs.run_ends.to_pylist()
        lying = sorted(zip(runs.values.to_pylist(), [0, *ends], ends, strict=False))
        held, starts, ends = (array("i", numbers) for numbers in zip(*lying, strict=True))
        return _Held(held, starts, ends, order)


def _size_bytes(file: _Held | None) -> int:
    return _FILE_BYTES if file is None else file.size_bytes()
