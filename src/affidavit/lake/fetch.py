"""The rows of hits: of each row group they lie in the narrow columns, and of the parts the pages they are in.

A query engine would do it too; it reads and plans more, which takes twice as long for the hundred rows of a page.
"""

from __future__ import annotations

from bisect import bisect_right
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

import pyarrow as pa

from affidavit.lake.parquet import ParquetFile
from affidavit.lake.parts import unpack
from affidavit.lake.rows import to_rows
from affidavit.lake.schema import PARTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from affidavit.lake.hits import Hit
    from affidavit.lake.sealed_files import SealedFiles
    from affidavit.lake.segment import Row

_NARROW = (
    "index", "record", "salt", "kind", "source", "class_uid", "mapper", "seq", "received", "sealed", "batch", "time",
)  # fmt: skip


class Fetcher:
    """Fetches rows of files on a number of threads. Safe to ask from several threads."""

    def __init__(self, files: SealedFiles, *, threads: int) -> None:
        self._files = files
        self._pool = ThreadPoolExecutor(threads, "fetch")

    def rows(self, hits: Sequence[Hit]) -> list[Row]:
        """The rows of the hits, in their order."""
        places = sorted(hits, key=attrgetter("file", "row"))
        tasks = [
            self._pool.submit(_of_file, self._files, name, [hit.row for hit in group])
            for name, group in groupby(places, attrgetter("file"))
        ]
        try:
            found = {row.index: row for task in tasks for row in task.result()}
        finally:
            for task in tasks:
                task.cancel()
        return [found[hit.index] for hit in hits]

    def close(self) -> None:
        """Let go of the threads."""
        self._pool.shutdown(cancel_futures=True)


def _of_file(files: SealedFiles, name: str, rows: Sequence[int]) -> list[Row]:
    """The rows of these numbers, ascending."""
    parquet = ParquetFile(files.open(name))
    starts = [parquet.rows_of(group)[0] for group in range(parquet.groups)]
    found: list[Row] = []
    for group, members in groupby(rows, lambda row: bisect_right(starts, row) - 1):
        within = [row - starts[group] for row in members]
        narrow = parquet.columns_of(group, _NARROW).take(pa.array(within, pa.int64()))
        parts = pa.array(parquet.parts_at(group, within), pa.large_binary()).cast(pa.large_string())
        found += to_rows(unpack(narrow.append_column(PARTS, parts)))
    return found
