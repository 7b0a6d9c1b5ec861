"""Many small files of a day into one large one, sorted by actor, action and time, in bounded memory.

Two passes. The first reads only these columns and gives every row its place in the order. The second deals
each input's rows out to row groups by that place, holding them compressed in memory, and then writes each row
group sorted. Nothing is spilled to disk. A process killed before the commit leaves an unreferenced file at most.
"""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import groupby
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from affidavit.lake.parquet import ROW_GROUP_ROWS, ParquetBuilder, ParquetFile
from affidavit.lake.schema import SORTED_BY, STORED
from affidavit.lake.writing import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from affidavit.lake.sealed_files import SealedFiles
    from affidavit.lake.snapshot import StoredFile

TARGET_ROWS = 1 << 17
"""A file of at least half as many rows is left alone."""
TARGET_BYTES = 96 << 20
"""As much as that of stored input goes into one file, since it is held in memory while it is sorted."""
REST_US = 60_000_000
"""When nothing has come in for so long, what is left over of a day that goes on is merged as well."""
LEVEL = 8
"""zstd level of compacted files."""
_BATCH_BYTES = 24 << 20
_NICE = 19
_TIER = 8
_WORTH_ROWS = 4096
_SHORT = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=1))


def due(files: Sequence[StoredFile], *, min_files: int, now_us: int) -> list[list[StoredFile]]:
    """Groups of files of a day worth merging: at least `min_files` of like size; two on days gone by.

    While nothing comes in, two of like size are enough, and a segment of some size is rewritten alone.
    """
    groups = []
    today = max((file.day for file in files), default=0)
    resting = now_us - max((file.max_received_us for file in files), default=now_us) >= REST_US
    for day, of_day in groupby(
        sorted(files, key=lambda file: (file.day, file.min_index)), lambda file: file.day
    ):
        small = [
            file for file in of_day if file.rows < TARGET_ROWS // 2 and file.size_bytes < TARGET_BYTES // 2
        ]
        if day < today:
            groups += [group for group in _fitting(small) if len(group) > 1]
            continue
        for tier in range(_TIER):
            for group in _fitting([file for file in small if _tier(file.rows) == tier]):
                enough = 2 if resting else min_files
                if len(group) >= enough or _is_full(group) or (resting and _is_worth_sorting(group)):
                    groups.append(group)
    return groups


def stand_back() -> None:
    """From now on this thread works only where nobody else wants a processor; for one that does nothing else.

    Niceness is not enough: the least nice still take turns with whoever searches. What others wait for, such as a
    commit, does not belong into such a thread, since it may be kept from ending.
    """
    if hasattr(os, "SCHED_IDLE"):  # on Linux, where a thread has a priority of its own
        os.nice(_NICE)
        with suppress(OSError):  # as some containers forbid: it then is nice at least
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def merge(
    files: SealedFiles, inputs: Sequence[StoredFile], *, new_name: Callable[[int], str]
) -> tuple[StoredFile, bytes]:
    """One sorted file with the rows of all inputs, which are of one day."""
    opened = [ParquetFile(files.open(file.name)) for file in inputs]
    row_bytes = max(file.row_bytes for file in opened)
    group_rows = max(64, min(ROW_GROUP_ROWS, _BATCH_BYTES * 2 // row_bytes))
    keys, places = _order(opened)
    dealt = _deal(
        opened, places, group_rows=group_rows, batch_rows=max(16, min(8192, _BATCH_BYTES // row_bytes))
    )
    builder = ParquetBuilder(level=LEVEL)
    for at, pieces in enumerate(dealt):
        table = pa.Table.from_batches([pa.ipc.open_stream(piece).read_next_batch() for piece in pieces])
        pieces.clear()
        place = table.column("place")
        table = table.drop_columns(["place"]).take(pc.sort_indices(place))
        builder.add(table.cast(STORED), row_group_rows=group_rows)
        del table, place
        dealt[at] = []
    content = builder.finish().to_pybytes()
    day = inputs[0].day
    return describe(keys, name=new_name(day), size_bytes=len(content), day=day, is_sorted=True), content


def _fitting(files: list[StoredFile]) -> list[list[StoredFile]]:
    """Cut where one file would become too large."""
    groups: list[list[StoredFile]] = []
    rows = size_bytes = 0
    for file in files:
        if not groups or rows + file.rows > TARGET_ROWS or size_bytes + file.size_bytes > TARGET_BYTES:
            groups.append([])
            rows = size_bytes = 0
        groups[-1].append(file)
        rows += file.rows
        size_bytes += file.size_bytes
    return groups


def _is_full(group: list[StoredFile]) -> bool:
    return len(group) > 1 and (
        sum(file.rows for file in group) > TARGET_ROWS * 3 // 4
        or sum(file.size_bytes for file in group) > TARGET_BYTES * 3 // 4
    )


def _is_worth_sorting(group: list[StoredFile]) -> bool:
    return sum(file.rows for file in group if not file.is_sorted) >= _WORTH_ROWS


def _tier(rows: int) -> int:
    """The size class: files are merged with their like, so that each row is rewritten a few times at most."""
    return min(_TIER - 1, max(0, rows.bit_length() - 1) // 3)


def _order(files: Sequence[ParquetFile]) -> tuple[pa.Table, pa.Array]:
    """Index, time and received of all rows, and the place of each row in the order of compacted files."""
    names = ("index", "received", *SORTED_BY)
    batches = [batch for file in files for batch in file.batches(names, batch_rows=65536)]
    table = pa.Table.from_batches(batches)
    for at, name in enumerate(table.schema.names):
        if pa.types.is_dictionary(table.schema.field(name).type) or pa.types.is_string(
            table.schema.field(name).type
        ):
            table = table.set_column(at, name, _ranks(table.column(name)))
    order = pc.sort_indices(table, [(name, "ascending") for name in (*SORTED_BY, "index")])
    return table.select(["index", "time", "received"]), _inverse(order)


def _ranks(column: pa.ChunkedArray) -> pa.Array:
    """Numbers that sort as the strings do."""
    encoded = column.dictionary_encode().unify_dictionaries().combine_chunks()
    return _inverse(pc.sort_indices(encoded.dictionary)).take(encoded.indices)


def _inverse(order: pa.Array) -> pa.Array:
    """For each row, where the order puts it."""
    return pc.inverse_permutation(order.cast(pa.int64()))


def _deal(
    files: Sequence[ParquetFile], places: pa.Array, *, group_rows: int, batch_rows: int
) -> list[list[pa.Buffer]]:
    """For each row group to be, compressed pieces of its rows, each row with its place."""
    dealt: list[list[pa.Buffer]] = [[] for _ in range(-(-len(places) // group_rows))]
    start = 0
    for file in files:
        for batch in file.batches(batch_rows=batch_rows):
            place = places.slice(start, len(batch))
            start += len(batch)
            group = pc.divide(place, group_rows)
            batch = batch.append_column("place", place)  # noqa: PLW2901 - the same rows, with their place
            order = pc.sort_indices(group)
            ordered, groups = batch.take(order), group.take(order)
            ends = pc.run_end_encode(groups)
            begin = 0
            for number, end in zip(ends.values.to_pylist(), ends.run_ends.to_pylist(), strict=True):
                dealt[number].append(_compressed(ordered.slice(begin, end - begin)))
                begin = end
    return dealt


def _compressed(batch: pa.RecordBatch) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=_SHORT) as writer:
        writer.write_batch(batch)
    return sink.getvalue()
