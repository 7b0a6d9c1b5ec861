"""Records on their way into the lake, as a table of what will be stored."""

from __future__ import annotations

from array import array
from itertools import accumulate, chain, repeat
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from affidavit.core.errors import RecordError
from affidavit.formats.record.strings import Strings
from affidavit.lake.query_columns import query_columns
from affidavit.lake.rows import SALT_BYTES, Block
from affidavit.lake.schema import PARTS, QUERY_COLUMNS, STORED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from typing_extensions import Buffer

    from affidavit.formats.record.sealed import Sealed
    from affidavit.lake.segment import Run, Segment

_PIECE_ROWS = 4096
_PIECE_BYTES = 16 << 20
"""The parts of so many records lie in one buffer, which then is small enough to be allocated again and again."""


class Prepared:
    """Records as they will be stored, before they are: what is hashed is what is stored."""

    def __init__(self, segment: Segment) -> None:
        """RecordError where a record does not fit the table."""
        self.table = to_arrow(segment)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def sealed(self) -> Iterator[Sealed]:
        """Everything that their leaves commit to, in order, some thousands at a time, without a copy."""
        for batch in self.table.to_batches():
            yield Block(batch).sealed


def to_arrow(segment: Segment) -> pa.Table:
    """The segment, of at least one record, as a table of the lake's schema; RecordError where it does not fit."""
    runs = [run for run in segment.runs if len(run)]
    pieces = list(_pieces(runs))
    derived = list(map(query_columns, pieces))
    query = {name: pa.chunked_array(chunks) for name, *chunks in zip(QUERY_COLUMNS, *derived, strict=True)}
    try:
        classes = _numbers("i", pa.int32(), chain(*(run.classes for run in runs)))
        if query["class_uid"].combine_chunks() != classes:
            raise RecordError("the class of an entry is not that of its facts")
        given = _sealed(segment, runs) | query | {PARTS: pa.chunked_array(list(map(_binary, pieces)))}
        return pa.Table.from_arrays([given[field.name].cast(field.type) for field in STORED], schema=STORED)
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        raise RecordError(f"a record does not fit the lake's columns: {error}") from error


def _pieces(runs: Iterable[Run]) -> Iterator[Strings]:
    """The parts of the records in their order, some thousands together; those of one run are not copied."""
    held: list[Run] = []
    rows = size_bytes = 0
    for run in runs:
        run_bytes = memoryview(run.parts).nbytes
        if held and (rows + len(run) > _PIECE_ROWS or size_bytes + run_bytes > _PIECE_BYTES):
            yield _piece(held)
            held, rows, size_bytes = [], 0, 0
        held.append(run)
        rows += len(run)
        size_bytes += run_bytes
    if held:
        yield _piece(held)


def _piece(runs: Sequence[Run]) -> Strings:
    data = runs[0].parts if len(runs) == 1 else b"".join(run.parts for run in runs)
    offsets = array("q", accumulate(chain(*(run.lengths for run in runs)), initial=0))
    count = len(offsets) - 1
    if count != sum(map(len, runs)) or offsets[-1] != memoryview(data).nbytes:
        raise RecordError("the parts of some records are not as long as they are said to be")
    return Strings(data=data, offsets=offsets, count=count)


def _binary(piece: Strings) -> pa.Array:
    buffers = [None, pa.py_buffer(piece.offsets), pa.py_buffer(piece.data)]
    return pa.Array.from_buffers(pa.large_binary(), piece.count, buffers)


def _sealed(segment: Segment, runs: Sequence[Run]) -> dict[str, pa.Array]:
    """Everything but the parts and the query columns."""
    count = sum(map(len, runs))
    ends = pa.array(accumulate(map(len, runs)), pa.int32())

    def repeated(values: Iterable[Any], kind: pa.DataType) -> pa.Array:
        return pc.run_end_decode(pa.RunEndEncodedArray.from_arrays(ends, pa.array(values, kind)))

    return {
        "index": _numbers("q", pa.int64(), range(segment.first_index, segment.first_index + count)),
        "record": _fixed((run.ids for run in runs), count),
        "salt": _fixed((run.salts for run in runs), count),
        "kind": repeated((run.kind for run in runs), pa.string()),
        "source": repeated((run.source for run in runs), pa.string()),
        "mapper": repeated((run.mapper for run in runs), pa.string()),
        "seq": _numbers(
            "q", pa.int64(), chain(*(range(run.first_seq, run.first_seq + len(run)) for run in runs))
        ),
        "received": repeated((run.received_us for run in runs), pa.int64()),
        "sealed": _numbers("q", pa.int64(), repeat(segment.sealed_us, count)),
        "batch": repeated((run.batch for run in runs), pa.string()),
    }


def _numbers(code: str, kind: pa.DataType, values: Iterable[int]) -> pa.Array:
    numbers = array(code, values)
    return pa.Array.from_buffers(kind, len(numbers), [None, pa.py_buffer(numbers)])


def _fixed(values: Iterable[Buffer], count: int) -> pa.Array:
    joined = b"".join(values)
    if len(joined) != SALT_BYTES * count:
        raise RecordError(f"a record id or salt does not have {SALT_BYTES} bytes")
    return pa.Array.from_buffers(pa.binary(SALT_BYTES), count, [None, pa.py_buffer(joined)])
