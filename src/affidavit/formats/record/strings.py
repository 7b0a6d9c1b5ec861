"""Columns of byte strings over plain buffers, laid out as Arrow lays them out."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Protocol, Self

from affidavit.core.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from typing_extensions import Buffer

CODE = "column-format"


class Pieces(Protocol):
    """A column of byte strings of which a piece is held at a time."""

    @property
    def count(self) -> int:
        """Values in all of them."""

    def pieces(self) -> Iterable[Strings]:
        """From the first value to the last, as often as it is asked for."""


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

    @classmethod
    def of(cls, values: Sequence[bytes]) -> Self:
        """A column of these values."""
        offsets = array("q", accumulate(map(len, values), initial=0))
        return cls(data=b"".join(values), offsets=offsets, count=len(values))

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[bytes]:
        """The values; RecordError where the offsets are not those of the data."""
        data = memoryview(b"" if self.data is None else self.data).cast("B")
        cuts = self.cuts()
        joined = bytes(data[cuts[0] : cuts[-1]])
        base = cuts[0]
        for start, end in pairwise(cuts):
            yield joined[start - base : end - base]

    def pieces(self) -> Iterable[Strings]:
        """As Pieces: all of it is one."""
        return (self,)

    def value(self, at: int) -> bytes:
        """One value; RecordError where its offsets are not those of the data."""
        start, end = Strings(
            data=self.data, offsets=self.offsets, count=1, first=self.first + at, wide=self.wide
        ).cuts()
        return bytes(memoryview(b"" if self.data is None else self.data).cast("B")[start:end])

    def check(self) -> None:
        """RecordError where there are fewer offsets than values; what they hold is for `cuts` to say."""
        offsets = self.count + 1 if self.count >= 0 else self.count
        check_range(self.offsets, first=self.first, count=offsets, width=8 if self.wide else 4)

    def cuts(self) -> list[int]:
        """The offsets, one more than there are values; RecordError where they are not those of the data."""
        self.check()
        offsets = memoryview(self.offsets).cast("B").cast("q" if self.wide else "i")
        cuts = offsets[self.first : self.first + self.count + 1].tolist()
        size_bytes = 0 if self.data is None else memoryview(self.data).nbytes
        if cuts[0] < 0 or cuts[-1] > size_bytes or any(end < start for start, end in pairwise(cuts)):
            raise bad_offsets()
        return cuts


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """`count` values, of which there are few kinds: each is one of `values`, as `codes`, native, of 32 bits, say."""

    values: Strings
    codes: Buffer
    count: int

    def __iter__(self) -> Iterator[bytes]:
        """The values; RecordError where a code is that of none, or the offsets are not those of the data."""
        self.check()
        kinds = list(self.values)
        codes = memoryview(self.codes).cast("B").cast("i")[: self.count]
        if any(not 0 <= code < len(kinds) for code in codes):
            raise bad_offsets()
        return map(kinds.__getitem__, codes)

    def check(self) -> None:
        """RecordError where there are fewer codes or offsets than values; what they hold is for `__iter__` to say."""
        self.values.check()
        check_range(self.codes, count=self.count, width=4)


def check_range(buffer: Buffer, *, first: int = 0, count: int, width: int) -> None:
    """RecordError where the buffer does not hold `count` items of `width` bytes from item `first` on."""
    if first < 0 or count < 0 or (first + count) * width > memoryview(buffer).nbytes:
        raise RecordError(f"a column is shorter than its {count} items", code=CODE)


def bad_offsets() -> RecordError:
    """What a column is refused with whose values lie outside its data."""
    return RecordError("the offsets of a column fall, or lead outside its data", code=CODE)
