"""Records to Arrow and back, as they are stored: the parts of a record share one column (lake/parts.py)."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise, repeat
from operator import add
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from affidavit.core.errors import RecordError, VerificationError
from affidavit.formats.record.columns import Columns
from affidavit.formats.record.placing import Rows
from affidavit.formats.record.queried import INTEGERS, WORDS, Queried, Words
from affidavit.formats.record.sealed import Sealed
from affidavit.formats.record.strings import Coded, Strings
from affidavit.lake.schema import PARTS, QUERY_COLUMNS
from affidavit.lake.segment import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from affidavit.formats.record.strings import Pieces

_US_PER_MS = 1000
SALT_BYTES = 16


class Block:
    """Stored rows in columns: what verification and readers take apart. Sequences are alike long.

    Nothing is made into an object a row but what is asked for; `sealed` has no objects at all.
    """

    def __init__(self, batch: pa.RecordBatch, parts: Strings | Pieces | None = None) -> None:
        """`batch` has every column of the stored schema; but where they are given, the parts."""
        self._batch = batch
        self._parts = strings(batch.column(PARTS)) if parts is None else parts

    def __len__(self) -> int:
        return int(self._batch.num_rows)

    @cached_property
    def sealed(self) -> Sealed:
        """Everything that the leaves commit to, over Arrow's own buffers."""
        column = self._batch.column
        salts = column("salt")
        return Sealed(
            count=len(self),
            ids=_items(column("record"), SALT_BYTES),
            salts=_items(salts, SALT_BYTES),
            salts_known=salts.buffers()[0] if salts.null_count else None,
            salts_known_first=salts.offset,
            classes=_items(column("class_uid"), 4),
            received_us=_items(column("received"), 8),
            seqs=_items(column("seq"), 8),
            parts=self._parts,
            **{name: _names(column(name)) for name in ("kind", "source", "mapper")},
        )

    @cached_property
    def index(self) -> Sequence[int]:
        """Of each record in the log."""
        return _numbers(self._batch.column("index"))

    @cached_property
    def rows(self) -> Rows:
        """Where the rows stand in the log and in their sources, and when they came, over Arrow's own buffers."""
        column = self._batch.column
        codes, sources = _codes(column("source"))
        return Rows(
            count=len(self),
            **{name: _items(column(stored), 8) for name, stored in _PLACES.items()},
            source=_items(codes, 4),
            sources=sources,
        )

    @cached_property
    def queried(self) -> Queried | None:
        """The query columns over Arrow's own buffers; None where there is a null that may not be."""
        column = self._batch.column
        integers = {name: column(_STORED_AS.get(name, name)) for name in INTEGERS}
        if any(values.null_count for values in integers.values()):
            return None
        return Queried(
            count=len(self),
            integers={name: _items(integers[name], width) for name, width in INTEGERS.items()},
            words={name: _words(column(name)) for name in WORDS},
        )

    def only(self, rows: Sequence[int], parts: Sequence[bytes]) -> Block:
        """These rows alone, which have these values of the column of parts."""
        return Block(self._batch.take(pa.array(rows, pa.int64())), Strings.of(parts))

    @cached_property
    def _apart(self) -> Mapping[str, Sequence[bytes]]:
        """The parts by their names; VerificationError where a row does not hold them all."""
        try:
            return self.sealed.apart()
        except RecordError as error:
            raise VerificationError(f"altered: {error}", code="lake-altered") from error

    @property
    def facts(self) -> Sequence[bytes]:
        """That part."""
        return self._apart["facts"]

    @property
    def actor(self) -> Sequence[bytes]:
        """That part."""
        return self._apart["actor"]

    @property
    def target(self) -> Sequence[bytes]:
        """That part."""
        return self._apart["target"]

    @cached_property
    def columns(self) -> Sequence[Columns]:
        """As stored; verification derives them again and compares. No whole milliseconds are -1, as none derives."""
        column = self._batch.column
        times = [us // _US_PER_MS if us % _US_PER_MS == 0 else -1 for us in _numbers(column("time"))]
        query = [times, *(_values(column(name)) for name in QUERY_COLUMNS[1:])]
        return list(map(tuple.__new__, repeat(Columns), zip(*query, strict=True)))


_STORED_AS = {"time_us": "time"}
_PLACES = {"index": "index", "seq": "seq", "received_us": "received", "sealed_us": "sealed"}


def _codes(column: pa.Array) -> tuple[pa.Array, list[str]]:
    """For each value its place among those that there are, null being empty."""
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    codes, values = encoded.indices.cast(pa.int32()), encoded.dictionary.to_pylist()
    return (codes.fill_null(len(values)), [*values, ""]) if codes.null_count else (codes, values)


def _names(column: pa.Array) -> Strings | Coded:
    """The column as it lies in Arrow's buffers; null is empty."""
    return _coded(column.cast(pa.string()) if column.null_count else column)


def _words(column: pa.Array) -> Words:
    """The column as it lies in Arrow's buffers."""
    known = column.buffers()[0] if column.null_count else None
    return Words(strings=_coded(column), known=known, known_first=column.offset)


def _coded(column: pa.Array) -> Strings | Coded:
    """The column as it lies in Arrow's buffers; null is empty, or where there are codes anything."""
    if not pa.types.is_dictionary(column.type):
        return strings(column)
    codes, values = column.indices, column.dictionary
    if not len(values):
        return strings(column.dictionary_decode())
    if codes.null_count:
        codes = codes.fill_null(0)
    return Coded(values=strings(values), codes=_items(codes, 4), count=len(column))


def _items(column: pa.Array, width: int) -> memoryview:
    """The bytes of a column of items of fixed width."""
    first = column.offset * width
    return memoryview(column.buffers()[1])[first : first + len(column) * width]


def strings(column: pa.Array) -> Strings:
    """A column of strings as it lies in Arrow's buffers; null is empty."""
    _, offsets, data = column.buffers()
    wide = pa.types.is_large_string(column.type) or pa.types.is_large_binary(column.type)
    return Strings(data=data, offsets=offsets, first=column.offset, count=len(column), wide=wide)


def to_rows(batch: pa.RecordBatch) -> list[Row]:
    """A batch of the columns that a Row has, as rows."""
    facts, raw = _facts_and_raw(batch.column("text"))
    return list(
        map(
            Row,
            _numbers(batch.column("index")),
            _bytes(batch.column("record")),
            _salts(batch.column("salt")),
            _values(batch.column("kind")),
            _values(batch.column("source")),
            _values(batch.column("class_uid")),
            _values(batch.column("mapper")),
            _numbers(batch.column("seq")),
            _numbers(batch.column("received")),
            _numbers(batch.column("sealed")),
            _values(batch.column("batch")),
            facts,
            _bytes(batch.column("actor")),
            _bytes(batch.column("target")),
            _bytes(batch.column("detail")),
            raw,
            _numbers(batch.column("time")),
        )
    )


def _facts_and_raw(column: pa.Array) -> tuple[list[bytes], list[bytes]]:
    offsets, data = _sliced(column)
    cuts = list(map(data.index, repeat(b"\n"), offsets[:-1]))
    facts = [data[start:cut] for start, cut in zip(offsets, cuts, strict=False)]
    return facts, [data[cut + 1 : end] for cut, end in zip(cuts, offsets[1:], strict=True)]


def _numbers(column: pa.Array) -> list[int]:
    """64-bit integers or microseconds, straight from the buffer."""
    return _plain(column, memoryview(column.buffers()[1]).cast("q"))


def _plain(column: pa.Array, numbers: memoryview[int]) -> list[int]:
    return numbers[column.offset : column.offset + len(column)].tolist()


def _values(column: pa.Array) -> list[Any]:
    """Values of few kinds: each kind is made into an object once."""
    if pa.types.is_integer(column.type) and not column.null_count:
        wide = pa.types.is_int64(column.type)
        buffer = memoryview(column.buffers()[1])
        return _plain(column, buffer.cast("q") if wide else buffer.cast("i"))
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    kinds: Callable[[int | None], Any] = encoded.dictionary.to_pylist().__getitem__
    if encoded.null_count:
        return [None if at is None else kinds(at) for at in encoded.indices.to_pylist()]
    return list(map(kinds, _plain(encoded, memoryview(encoded.indices.buffers()[1]).cast("i"))))


def _salts(column: pa.Array) -> list[bytes | None]:
    salts: list[bytes | None] = list(_bytes(column))
    if column.null_count:
        for at, known in enumerate(column.is_valid().to_pylist()):
            if not known:
                salts[at] = None
    return salts


def _bytes(column: pa.Array) -> list[bytes]:
    """The bytes of each value, null as empty, by slicing one copy of the buffer."""
    first, count = column.offset, len(column)
    if pa.types.is_fixed_size_binary(column.type):
        width = column.type.byte_width
        data = column.buffers()[1][first * width : (first + count) * width].to_pybytes()
        return [data[at : at + width] for at in range(0, width * count, width)]
    offsets, data = _sliced(column)
    return [data[start:end] for start, end in pairwise(offsets)] if data else [b""] * count


def _sliced(column: pa.Array) -> tuple[list[int], bytes]:
    """Where the values of a column of strings begin and end, in one copy of their bytes."""
    first, count = column.offset, len(column)
    _, offset_buffer, value_buffer = column.buffers()
    wide = pa.types.is_large_string(column.type) or pa.types.is_large_binary(column.type)
    offsets = memoryview(offset_buffer).cast("q" if wide else "i")[first : first + count + 1].tolist()
    if value_buffer is None or not count:
        return [0] * (count + 1), b""
    data = value_buffer[offsets[0] : offsets[-1]].to_pybytes()
    if offsets[0]:
        offsets = list(map(add, offsets, repeat(-offsets[0])))
    return offsets, data
