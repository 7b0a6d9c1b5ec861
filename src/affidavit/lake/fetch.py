"""The rows of hits: of each row group they lie in the narrow columns, and of the parts the pages they are in.

A query engine would do it too; it reads and plans more, which takes twice as long for the hundred rows of a page.
"""

from __future__ import annotations

from bisect import bisect_right
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

import pyarrow as pa

from affidavit.lake.parquet import ParquetFile
from affidavit.lake.parts import apart
from affidavit.lake.segment import Found

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow.parquet as pq

    from affidavit.lake.hits import Hit
    from affidavit.lake.pages import Place
    from affidavit.lake.sealed_files import SealedFiles

_NARROW = {
    "index": pa.int64(),
    "record": pa.binary(),
    "kind": pa.string(),
    "source": pa.string(),
    "received": pa.int64(),
}
_KNOWN_FILES, _KNOWN_GROUPS = 256, 2048
"""What is remembered of files that were read: some 40 MB at most."""


class Fetcher:
    """Fetches rows of files on a number of threads. Safe to ask from several threads."""

    def __init__(self, files: SealedFiles, *, threads: int) -> None:
        self._files = files
        self._pool = ThreadPoolExecutor(threads, "fetch")
        self._metadata = lru_cache(_KNOWN_FILES)(self._read_metadata)
        self._places = lru_cache(_KNOWN_GROUPS)(self._read_places)

    def rows(self, hits: Sequence[Hit]) -> list[Found]:
        """The rows of the hits, in their order."""
        places = sorted(hits, key=attrgetter("file", "row"))
        tasks = [
            self._pool.submit(self._of_file, name, [hit.row for hit in group])
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

    def _read_metadata(self, name: str) -> pq.FileMetaData:
        return ParquetFile(self._files.open(name)).metadata

    def _read_places(self, name: str, group: int) -> tuple[Place, ...]:
        return ParquetFile(self._files.open(name), self._metadata(name)).places(group)

    def _of_file(self, name: str, rows: Sequence[int]) -> list[Found]:
        """The rows of these numbers, ascending."""
        parquet = ParquetFile(self._files.open(name), self._metadata(name))
        starts = [parquet.rows_of(group)[0] for group in range(parquet.groups)]
        return [
            row
            for group, members in groupby(rows, lambda row: bisect_right(starts, row) - 1)
            for row in _of_group(
                parquet, group, [row - starts[group] for row in members], self._places(name, group)
            )
        ]


def _of_group(
    parquet: ParquetFile, group: int, rows: Sequence[int], places: Iterable[Place]
) -> Iterator[Found]:
    narrow = parquet.columns_of(group, list(_NARROW)).take(pa.array(rows, pa.int64()))
    columns = (narrow.column(name).cast(kind).to_pylist() for name, kind in _NARROW.items())
    return map(Found, *columns, *zip(*map(apart, parquet.parts_at(group, rows, places)), strict=True))
