"""Sealed records in columns over plain buffers, as the lake stores them (docs/spec/lake.md, Columns).

What hashes a batch takes this: nothing is made into an object a record, whoever holds the buffers.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

from affidavit.core.errors import RecordError
from affidavit.formats.record.leaves import leaf_hashes
from affidavit.formats.record.strings import CODE, check_range

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Buffer

    from affidavit.formats.record.strings import Coded, Strings

ID_BYTES = 16
PART_ORDER = ("actor", "target", "detail", "facts", "raw")
"""How the parts of a record follow one another where they share a column: only the last may hold line feeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """`count` records. A name may be one value of bytes, which then is that of every record.

    Integers are native, `received_us` and `seqs` of 64 bits, `classes` of 32; ids and salts have 16 bytes each.
    """

    count: int
    ids: Buffer
    salts: Buffer
    salts_known: Buffer | None = None
    """A bitmap as Arrow's, whose bit `salts_known_first` is that of the first record; None: all are known."""
    salts_known_first: int = 0
    classes: Buffer
    received_us: Buffer
    seqs: Buffer
    kind: Strings | Coded | bytes
    mapper: Strings | Coded | bytes
    source: Strings | Coded | bytes
    parts: Strings
    """The parts in the order of PART_ORDER, a line feed between any two; an absent one is empty."""

    def check(self) -> None:
        """RecordError where a column is shorter than the others; the offsets are checked by whoever reads them."""
        for buffer, width in (
            (self.ids, ID_BYTES),
            (self.salts, ID_BYTES),
            (self.classes, 4),
            (self.received_us, 8),
            (self.seqs, 8),
        ):
            check_range(buffer, count=self.count, width=width)
        if self.salts_known is not None:
            if self.salts_known_first < 0:
                raise RecordError("a bitmap does not begin before its buffer", code=CODE)
            check_range(self.salts_known, count=(self.salts_known_first + self.count + 7) // 8, width=1)
        for column in (self.kind, self.mapper, self.source, self.parts):
            if not isinstance(column, bytes) and column.count != self.count:
                raise RecordError(f"a column does not have {self.count} values", code=CODE)

    def apart(self) -> dict[str, list[bytes]]:
        """The parts of each record by their names; RecordError where a value does not hold all of them."""
        cut = [value.split(b"\n", len(PART_ORDER) - 1) for value in self.parts]
        if any(len(parts) < len(PART_ORDER) for parts in cut):
            raise no_cut()
        return {name: [parts[at] for parts in cut] for at, name in enumerate(PART_ORDER)}


def no_cut() -> RecordError:
    """What a value is refused with that does not hold the five parts."""
    return RecordError("a row does not hold all parts of its record", code=CODE)


def leaves_of(sealed: Sealed) -> bytes:
    """The leaf hashes of the records, 32 bytes each, joined; RecordError where the columns are none of Sealed's.

    The reference: standard library only, a record at a time.
    """
    sealed.check()
    parts = sealed.apart()
    salts = [bytes(salt) for salt in _fixed(sealed.salts, sealed.count)]
    if sealed.salts_known is not None:
        known = memoryview(sealed.salts_known).cast("B")
        for at in range(sealed.count):
            bit = sealed.salts_known_first + at
            if not known[bit >> 3] >> (bit & 7) & 1:
                salts[at] = b""
    return b"".join(
        leaf_hashes(
            salts=salts,
            actor=parts["actor"],
            detail=parts["detail"],
            facts=parts["facts"],
            raw=parts["raw"],
            target=parts["target"],
            classes=_numbers(sealed.classes, sealed.count, "i"),
            kinds=_names(sealed.kind, sealed.count),
            mappers=_names(sealed.mapper, sealed.count),
            received_us=_numbers(sealed.received_us, sealed.count, "q"),
            records=_fixed(sealed.ids, sealed.count),
            seqs=_numbers(sealed.seqs, sealed.count, "q"),
            sources=_names(sealed.source, sealed.count),
        )
    )


def _fixed(buffer: Buffer, count: int) -> list[bytes]:
    data = bytes(memoryview(buffer).cast("B")[: ID_BYTES * count])
    return [data[at : at + ID_BYTES] for at in range(0, len(data), ID_BYTES)]


def _numbers(buffer: Buffer, count: int, code: str) -> list[int]:
    numbers: list[int] = memoryview(buffer).cast("B").cast(code)[:count].tolist()  # type: ignore[call-overload]
    return numbers


def _names(column: Strings | Coded | bytes, count: int) -> Iterable[str]:
    if isinstance(column, bytes):
        return repeat(column.decode(), count)
    try:
        return [name.decode() for name in column]
    except UnicodeDecodeError as error:
        raise RecordError(f"a name is not UTF-8: {error}", code=CODE) from error
