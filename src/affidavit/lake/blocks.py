"""A whole file for verification: a row group at a time, of which the parts are there a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.lake.failures import told
from affidavit.lake.parquet import ParquetFile
from affidavit.lake.rows import Block, strings
from affidavit.lake.schema import PARTS, STORED

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from affidavit.formats.record.strings import Strings
    from affidavit.lake.sealed_files import OpenFile

_OTHERS = [name for name in STORED.names if name != PARTS]
_WHOLE_ROWS = 1 << 15
"""Row groups of so many are read whole, but for the parts; the lake's have had up to half of it."""
_MOST_BYTES, _MOST_ROWS = 32 << 20, 2048
"""What is read together where a file is not made as this program makes it."""


def blocks(file: OpenFile) -> Iterator[Block]:
    """All rows in the order they are stored."""
    parquet = ParquetFile(file)
    for group in range(parquet.groups):
        first, end = parquet.rows_of(group)
        if end - first <= _WHOLE_ROWS:
            yield Block(parquet.columns_of(group, _OTHERS), Parts(file.name, parquet, group, end - first))
        else:
            yield from map(Block, _bounded(parquet, STORED.names, group))


class Parts:
    """Those of a row group, as formats.record.strings.Pieces: nothing of them is held."""

    def __init__(self, name: str, parquet: ParquetFile, group: int, count: int) -> None:
        self.count = count
        self._name = name
        self._parquet = parquet
        self._group = group

    def pieces(self) -> Iterator[Strings]:
        """Page by page; what is not in pages as Arrow now writes them is read by Arrow."""
        done = 0
        with told("be read", name=self._name):
            for page in self._parquet.parts_of(self._group):
                yield page
                done += page.count
            if done >= self.count:
                return
            for batch in _bounded(self._parquet, [PARTS], self._group):
                before = min(done, batch.num_rows)
                done -= before
                yield strings(batch.column(0).slice(before))


def _bounded(parquet: ParquetFile, names: list[str], group: int) -> Iterator[pa.RecordBatch]:
    """These columns of a row group, not too much of them at a time."""
    batch_rows = max(16, min(_MOST_ROWS, _MOST_BYTES // parquet.row_bytes))
    yield from parquet.batches(names, batch_rows=batch_rows, groups=[group])
