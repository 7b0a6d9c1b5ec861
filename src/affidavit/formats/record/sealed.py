"""Sealed records in columns over plain buffers, as the lake stores them (docs/spec/lake.md, Columns).

What hashes a batch takes this: nothing is made into an object a record, whoever holds the buffers.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any

from affidavit.core.errors import RecordError
from affidavit.formats.record.leaves import leaf_hashes
from affidavit.formats.record.strings import CODE, check_range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from typing_extensions import Buffer

    from affidavit.formats.record.strings import Coded, Pieces, Strings

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
    parts: Strings | Pieces
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
                raise not_so_many(self.count)

    def apart(self) -> dict[str, list[bytes]]:
        """The parts of each record by their names; RecordError where a value does not hold all of them."""
        return apart(value for piece in self.parts.pieces() for value in piece)


def apart(values: Iterable[bytes]) -> dict[str, list[bytes]]:
    """The parts that some values of the column hold, by their names; RecordError where one does not hold all."""
    cut = [value.split(b"\n", len(PART_ORDER) - 1) for value in values]
    if any(len(parts) < len(PART_ORDER) for parts in cut):
        raise no_cut()
    return {name: [parts[at] for parts in cut] for at, name in enumerate(PART_ORDER)}


def no_cut() -> RecordError:
    """What a value is refused with that does not hold the five parts."""
    return RecordError("a row does not hold all parts of its record", code=CODE)


def not_so_many(count: int) -> RecordError:
    """What pieces are refused with that hold more values or fewer than they are said to."""
    return RecordError(f"a column does not have {count} values", code=CODE)


def leaves_of(sealed: Sealed) -> bytes:
    """The leaf hashes of the records, 32 bytes each, joined; RecordError where the columns are none of Sealed's.

    The reference: standard library only, a record at a time.
    """
    return b"".join(leaves for _, leaves in hashed(sealed))


def hashed(sealed: Sealed) -> Iterator[tuple[Strings, bytes]]:
    """The same a piece of the parts at a time, beside it."""
    sealed.check()
    salts = [bytes(salt) for salt in _fixed(sealed.salts, sealed.count)]
    if sealed.salts_known is not None:
        known = memoryview(sealed.salts_known).cast("B")
        for at in range(sealed.count):
            bit = sealed.salts_known_first + at
            if not known[bit >> 3] >> (bit & 7) & 1:
                salts[at] = b""
    columns: dict[str, Iterator[Any]] = {
        "salts": iter(salts),
        "classes": iter(_numbers(sealed.classes, sealed.count, "i")),
        "kinds": iter(_names(sealed.kind, sealed.count)),
        "mappers": iter(_names(sealed.mapper, sealed.count)),
        "received_us": iter(_numbers(sealed.received_us, sealed.count, "q")),
        "records": iter(_fixed(sealed.ids, sealed.count)),
        "seqs": iter(_numbers(sealed.seqs, sealed.count, "q")),
        "sources": iter(_names(sealed.source, sealed.count)),
    }
    left = sealed.count
    for piece in sealed.parts.pieces():
        left -= piece.count
        if left < 0:
            break
        parts: dict[str, Any] = apart(piece)
        rows = {name: list(islice(values, piece.count)) for name, values in columns.items()}
        yield piece, b"".join(leaf_hashes(**parts, **rows))
    if left:
        raise not_so_many(sealed.count)


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
