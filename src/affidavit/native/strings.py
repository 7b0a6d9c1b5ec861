"""Columns of byte strings as Arrow lays them out, which the library and its equivalents in Python both read."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from affidavit.core.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Buffer

    from affidavit.native.library import Held

CODE = "column-format"


@dataclass(frozen=True, slots=True, kw_only=True)
class Strings:
    """`count` values from number `first` on: value i is data[offsets[i]:offsets[i + 1]].

    The offsets are native integers of 64 bits, of 32 where not `wide`; `data` is None where there are no bytes.
    """

    data: Buffer | None
    offsets: Buffer
    count: int
    first: int = 0
    wide: bool = True

    def __iter__(self) -> Iterator[memoryview]:
        """The values, without copying; RecordError where the offsets are not those of the data."""
        data = memoryview(b"" if self.data is None else self.data).cast("B")
        for start, end in pairwise(self.cuts()):
            yield data[start:end]

    def cuts(self) -> list[int]:
        """The offsets, one more than there are values; RecordError where they are not those of the data."""
        check_range(self.offsets, first=self.first, count=self.count + 1, width=8 if self.wide else 4)
        offsets = memoryview(self.offsets).cast("B").cast("q" if self.wide else "i")
        cuts = offsets[self.first : self.first + self.count + 1].tolist()
        size_bytes = 0 if self.data is None else memoryview(self.data).nbytes
        if cuts[0] < 0 or cuts[-1] > size_bytes or any(end < start for start, end in pairwise(cuts)):
            raise bad_offsets()
        return cuts


class Structure(ctypes.Structure):
    """kernel_strings in kernel.h."""

    _fields_ = (
        ("data", ctypes.c_void_p),
        ("data_bytes", ctypes.c_int64),
        ("offsets", ctypes.c_void_p),
        ("wide", ctypes.c_int32),
    )


def structure(column: Strings, held: Held) -> Structure:
    """The column for the library, which checks the offsets themselves; RecordError where there are too few."""
    width = 8 if column.wide else 4
    check_range(column.offsets, first=column.first, count=column.count + 1, width=width)
    data, data_bytes = held.address(column.data)
    offsets, _ = held.address(column.offsets)
    if offsets % width:
        raise RecordError("the offsets of a column are not aligned", code=CODE)
    return Structure(data, data_bytes, offsets + column.first * width, column.wide)


def check_range(buffer: Buffer, *, first: int, count: int, width: int) -> None:
    """RecordError where the buffer does not hold `count` items of `width` bytes from item `first` on."""
    if first < 0 or count < 0 or (first + count) * width > memoryview(buffer).nbytes:
        raise RecordError(f"a column is shorter than its {count} items", code=CODE)


def bad_offsets() -> RecordError:
    """What a column is refused with whose values lie outside its data."""
    return RecordError("the offsets of a column fall, or lead outside its data", code=CODE)
