"""Columns of stored files a stretch at a time; those read last are kept in memory, for files never change.

Whoever looks into somebody asks about the same rows again and again, and every search looks through the newest files:
opening a file and decoding what of it is needed takes a thousand times longer than finding it in memory.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from functools import lru_cache
from itertools import accumulate, pairwise
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from affidavit.lake.parquet import ParquetFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow.parquet as pq

    from affidavit.lake.sealed_files import SealedFiles

_KNOWN_FILES = 1024
"""Of so many it is remembered where what lies in them, which takes 50 KB for one of 130,000 rows."""
_COLUMN_BYTES = 500
"""What remembering one takes beside its values."""


class Stretch(NamedTuple):
    """Rows of a file from number `start` up to, not including, `end`, once its rows are in that order."""

    file: str
    start: int
    end: int
    order: pa.Array | None = None
    """The numbers of all its rows; None where they are as they are stored."""

    def row(self, at: int) -> int:
        """The number in the file of the row at that place in the stretch."""
        place = self.start + at
        return place if self.order is None else self.order[place].as_py()


class Columns:
    """Reads columns, and keeps what was read. Safe to ask from several threads."""

    def __init__(self, files: SealedFiles, *, memory_bytes: int) -> None:
        """`memory_bytes` is what is kept at most."""
        self._files = files
        self._memory_bytes = memory_bytes
        self._metadata = lru_cache(_KNOWN_FILES)(self._read_metadata)
        self._known: OrderedDict[tuple[object, ...], pa.Array] = OrderedDict()
        self._size_bytes = 0
        self._lock = Lock()

    def file(self, name: str) -> ParquetFile:
        """The file, for one thread."""
        return ParquetFile(self._files.open(name), self._metadata(name)[0])

    def groups(self, name: str) -> Sequence[int]:
        """The number of the first row of each row group, and last that of all rows."""
        return self._metadata(name)[1]

    def whole(self, name: str) -> Stretch:
        """The file."""
        return Stretch(name, 0, self.groups(name)[-1])

    def stretches(self, name: str) -> list[Stretch]:
        """The row groups."""
        return [Stretch(name, start, end) for start, end in pairwise(self.groups(name))]

    def of(self, stretch: Stretch, column: str) -> pa.Array:
        """The values of the stretch's rows; those of a whole row group may be encoded by a dictionary.

        Times are integers of microseconds.
        """
        name, start, end, order = stretch
        if order is None:
            key: tuple[object, ...] = (name, column, start, end)
            return self._kept(key) or self._keep(key, self._read(name, column, start, end))
        key = (name, column)
        whole = self._kept(key) or self._keep(key, self._read(name, column, 0, len(order)).take(order))
        return whole.slice(start, end - start)

    def _kept(self, key: tuple[object, ...]) -> pa.Array | None:
        with self._lock:
            found = self._known.get(key)
            if found is not None:
                self._known.move_to_end(key)
            return found

    def _keep(self, key: tuple[object, ...], values: pa.Array) -> pa.Array:
        with self._lock:
            if key not in self._known:
                self._known[key] = values
                self._size_bytes += _bytes(values)
            while self._size_bytes > self._memory_bytes:
                _, dropped = self._known.popitem(last=False)
                self._size_bytes -= _bytes(dropped)
        return values

    def _read(self, name: str, column: str, start: int, end: int) -> pa.Array:
        firsts = self.groups(name)
        groups = range(bisect_right(firsts, start) - 1, bisect_right(firsts, end - 1))
        stored = self.file(name).column_of(groups, column)
        first = firsts[groups[0]]
        if (start, end) != (first, firsts[groups[-1] + 1]):
            # Taken, not cut out: a part of an array would hold on to all of it.
            stored = plain(stored.take(pa.array(range(start - first, end - first), pa.int64())))
        return _small(stored.combine_chunks())

    def _read_metadata(self, name: str) -> tuple[pq.FileMetaData, Sequence[int]]:
        metadata = ParquetFile(self._files.open(name)).metadata
        sizes = (metadata.row_group(group).num_rows for group in range(metadata.num_row_groups))
        return metadata, list(accumulate(sizes, initial=0))


def _small(values: pa.Array) -> pa.Array:
    """The same in less memory; times as integers."""
    if pa.types.is_timestamp(values.type):
        return values.cast(pa.int64())
    if not pa.types.is_dictionary(values.type):
        return values
    codes = least_type(len(values.dictionary))
    return pa.DictionaryArray.from_arrays(values.indices.cast(codes), values.dictionary)


def least_type(count: int) -> pa.DataType:
    """The integers that number so many things, from 0."""
    return pa.uint8() if count <= 1 << 8 else pa.uint16() if count <= 1 << 16 else pa.uint32()


def plain(values: pa.Array) -> pa.Array:
    """The same without a dictionary."""
    return values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values


def _bytes(values: pa.Array) -> int:
    return int(values.get_total_buffer_size()) + _COLUMN_BYTES
