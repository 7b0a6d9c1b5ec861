"""Tables of rows to data files: one a day of receipt, with the bounds that readers prune by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from affidavit.lake.parquet import write
from affidavit.lake.snapshot import StoredFile

if TYPE_CHECKING:
    from collections.abc import Callable

US_PER_DAY = 86_400_000_000
APPEND_LEVEL = 1
"""zstd level of appended segments, which compaction will rewrite."""


def data_files(table: pa.Table, *, new_name: Callable[[int], str]) -> list[tuple[StoredFile, bytes]]:
    """Rows as they are stored, in their order, as one Parquet file a day of receipt."""
    files = []
    for day, rows in _by_day(table):
        content = write(rows, level=APPEND_LEVEL).to_pybytes()
        files.append(
            (describe(rows, name=new_name(day), size_bytes=len(content), day=day, is_sorted=False), content)
        )
    return files


def describe(table: pa.Table, *, name: str, size_bytes: int, day: int, is_sorted: bool) -> StoredFile:
    """The entry of a file with these rows; of their columns only index, time and received are looked at."""
    index, time, received = (bounds(table.column(column)) for column in ("index", "time", "received"))
    return StoredFile(
        name=name,
        rows=table.num_rows,
        size_bytes=size_bytes,
        day=day,
        is_sorted=is_sorted,
        min_index=index[0],
        max_index=index[1],
        min_time_us=time[0],
        max_time_us=time[1],
        max_received_us=received[1],
    )


def bounds(column: pa.ChunkedArray) -> tuple[int, int]:
    """Least and greatest value as integers."""
    ends = pc.min_max(column.cast(pa.int64()))
    return ends["min"].as_py(), ends["max"].as_py()


def _by_day(table: pa.Table) -> list[tuple[int, pa.Table]]:
    first, last = bounds(table.column("received"))
    if first // US_PER_DAY == last // US_PER_DAY:
        return [(first // US_PER_DAY, table)]
    days = pc.divide(table.column("received").cast(pa.int64()), US_PER_DAY)
    return [(day, table.filter(pc.equal(days, day))) for day in sorted(pc.unique(days).to_pylist())]
