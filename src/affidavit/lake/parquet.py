"""Parquet bytes of the lake's tables: how each column is encoded, and reading them back."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from affidavit.lake.pages import pages, places, values
from affidavit.lake.schema import PARTS, STORED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from affidavit.formats.record.strings import Strings
    from affidavit.lake.pages import Place
    from affidavit.lake.sealed_files import OpenFile

ROW_GROUP_ROWS = 8192
"""Rows in a row group: what reading one row has to fetch and decrypt. Twice as many take 0.6 % less space."""
_PAGE_BYTES, _PAGE_ROWS = 2 << 20, 1024
"""A page of originals is compressed as one: larger ones take less space,"""
_SMALL_PAGE_BYTES, _SMALL_PAGE_ROWS = 128 << 10, 32
"""and smaller ones take less time to read a row of, which searches do with the newest records most."""
_ENCODINGS = {
    PARTS: "DELTA_LENGTH_BYTE_ARRAY",
    **dict.fromkeys(("index", "seq", "time"), "DELTA_BINARY_PACKED"),
    "received": "PLAIN",  # the same for all of a batch
    "record": "PLAIN",
    "salt": "PLAIN",
}
_DICTIONARIES = [name for name in STORED.names if name not in _ENCODINGS]
_STRINGS = [name for name in _DICTIONARIES if pa.types.is_string(STORED.field(name).type)]
_STATISTICS = [name for name in STORED.names if name != PARTS]


class ParquetBuilder:
    """One Parquet file, grown a row group at a time in memory."""

    def __init__(self, *, level: int, small_pages: bool = False) -> None:
        self._sink = pa.BufferOutputStream()
        self._writer = pq.ParquetWriter(
            self._sink,
            STORED,
            compression="zstd",
            compression_level=level,
            use_dictionary=_DICTIONARIES,
            column_encoding=_ENCODINGS,
            write_statistics=_STATISTICS,
            data_page_size=_SMALL_PAGE_BYTES if small_pages else _PAGE_BYTES,
            write_batch_size=_SMALL_PAGE_ROWS if small_pages else _PAGE_ROWS,
            store_schema=False,
        )

    def add(self, table: pa.Table, *, row_group_rows: int = ROW_GROUP_ROWS) -> None:
        """Appends the rows as row groups of at most `row_group_rows`."""
        self._writer.write_table(table, row_group_size=row_group_rows)

    def finish(self) -> pa.Buffer:
        """The file."""
        self._writer.close()
        return self._sink.getvalue()


def write(table: pa.Table, *, level: int) -> pa.Buffer:
    """Rows that have just come in as one file of one row group a ROW_GROUP_ROWS."""
    builder = ParquetBuilder(level=level, small_pages=True)
    builder.add(table)
    return builder.finish()


class ParquetFile:
    """A stored Parquet file, read in batches of bounded memory."""

    def __init__(self, file: OpenFile, metadata: pq.FileMetaData | None = None) -> None:
        """`metadata` is what was found in the very file before, which takes half a millisecond to read."""
        self._file = file
        self._known = metadata

    @cached_property
    def _parquet(self) -> pq.ParquetFile:
        return pq.ParquetFile(
            pa.PythonFile(_Handle(self._file), mode="r"),
            metadata=self._known,
            pre_buffer=False,
            read_dictionary=_STRINGS,
        )

    @property
    def metadata(self) -> pq.FileMetaData:
        """What its end says about it."""
        return self._parquet.metadata

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return int(self._parquet.metadata.num_rows)

    @property
    def groups(self) -> int:
        """How many row groups it has."""
        return int(self._parquet.metadata.num_row_groups)

    def rows_of(self, group: int) -> tuple[int, int]:
        """Number of the first row of a row group, and of the first behind it."""
        sizes = [self._parquet.metadata.row_group(at).num_rows for at in range(group + 1)]
        return sum(sizes[:-1]), sum(sizes)

    def columns_of(self, group: int, names: Sequence[str]) -> pa.RecordBatch:
        """The named columns of a row group, whole."""
        table = self._parquet.read_row_group(group, columns=names, use_threads=False)
        return table.combine_chunks().to_batches()[0]

    def column_of(self, groups: Sequence[int], name: str) -> pa.ChunkedArray:
        """A column of some row groups, whole."""
        return self._parquet.read_row_groups(groups, columns=[name], use_threads=False).column(0)

    def parts_of(self, group: int) -> Iterator[Strings]:
        """The parts in a row group, page by page, as far as `pages` reads them; nothing of a file of other columns."""
        chunk, rows = self._parts(group)
        return iter(()) if chunk is None else pages(self._file, chunk, rows)

    def places(self, group: int) -> tuple[Place, ...]:
        """Where the pages of the parts in a row group lie, as far as `pages` reads them."""
        chunk, rows = self._parts(group)
        return () if chunk is None else places(self._file, chunk, rows)

    def parts_at(self, group: int, rows: Sequence[int], known: Iterable[Place]) -> list[bytes]:
        """The parts of these rows of a row group, counted from its first, ascending; `known` are its `places`."""
        found = values(self._file, known, rows)
        if found is None:
            column = self.columns_of(group, [PARTS]).column(0).cast(pa.large_binary())
            found = [column[row].as_py() for row in rows]
        return found

    def _parts(self, group: int) -> tuple[pq.ColumnChunkMetaData | None, int]:
        """Where the parts of a row group lie, None in a file of other columns, and how many rows it has."""
        schema, at = self._parquet.schema, STORED.names.index(PARTS)
        metadata = self._parquet.metadata.row_group(group)
        if schema.names != STORED.names or schema.column(at).max_definition_level:
            return None, metadata.num_rows
        return metadata.column(at), metadata.num_rows

    @property
    def row_bytes(self) -> int:
        """Average plain bytes a row."""
        metadata = self._parquet.metadata
        total = sum(metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups))
        return int(total // max(1, metadata.num_rows)) + 1

    def batches(
        self,
        columns: Iterable[str] = STORED.names,
        *,
        batch_rows: int = ROW_GROUP_ROWS,
        groups: Sequence[int] | None = None,
    ) -> Iterable[pa.RecordBatch]:
        """The rows in order, of the named columns, of all row groups or those named."""
        yield from self._parquet.iter_batches(
            batch_rows, row_groups=groups, columns=list(columns), use_threads=False
        )


class _Handle:
    """The file object that Arrow expects, over a sealed file."""

    def __init__(self, file: OpenFile) -> None:
        self._file = file
        self._at = 0
        self.closed = False

    def read(self, size: int | None = -1) -> bytes:
        end = self._file.size_bytes if size is None or size < 0 else self._at + size
        data = self._file.read(self._at, end)
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._file.size_bytes)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True
