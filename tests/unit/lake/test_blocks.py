"""Verification reads every row as it is stored, whoever wrote the file and however."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.simulators.listed import Listed

from affidavit.core.errors import AffidavitError
from affidavit.lake.blocks import blocks
from affidavit.lake.failures import told
from affidavit.lake.parquet import ParquetBuilder, ParquetFile
from affidavit.lake.prepared import to_arrow
from affidavit.lake.schema import PARTS, STORED
from affidavit.lake.sealed_files import OpenFile

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = 3000


class Plain:
    """The bytes of a file that is not encrypted."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size_bytes = len(data)

    def read(self, start: int, end: int) -> bytes:
        """Cut at its ends, as a slice is."""
        return self._data[start:end]


def opened(data: bytes) -> OpenFile:
    """The file, as the lake hands it over."""
    reader: Any = Plain(data)
    return OpenFile("lake/x.parquet", reader)


@pytest.fixture(name="table", scope="module")
def a_table() -> pa.Table:
    """Records of which no two have parts of one length for long."""
    listed = Listed(
        first_index=0,
        records=[at.to_bytes(16, "big") for at in range(ROWS)],
        salts=[bytes(16)] * ROWS,
        kinds=["event"] * ROWS,
        sources=["s"] * ROWS,
        classes=[3002] * ROWS,
        mappers=["m"] * ROWS,
        seqs=list(range(ROWS)),
        received_us=[0] * ROWS,
        sealed_us=0,
        batches=["b"] * ROWS,
        facts=[b'{"class_uid":3002,"time":5}'] * ROWS,
        actor=[b""] * ROWS,
        target=[b""] * ROWS,
        detail=[b""] * ROWS,
        raw=[b"%d\n" % at + b"r" * (at * at % 977) for at in range(ROWS)],
    )
    return to_arrow(listed.segment)


def written(table: pa.Table, **options: Any) -> bytes:
    """By a program that knows nothing of how this one writes."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **options)
    whole: bytes = sink.getvalue().to_pybytes()
    return whole


def ours(table: pa.Table, *, small_pages: bool) -> bytes:
    """As the lake writes it."""
    builder = ParquetBuilder(level=1, small_pages=small_pages)
    builder.add(table)
    whole: bytes = builder.finish().to_pybytes()
    return whole


def read(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Index and parts of every row, where the pieces hold as many as the block."""
    for block in blocks(opened(data)):
        parts = [value for piece in block.sealed.parts.pieces() for value in piece]
        yield from zip(block.index, parts, strict=True)


def stored(table: pa.Table) -> list[tuple[int, bytes]]:
    """What was written."""
    return list(
        zip(
            table.column("index").to_pylist(),
            map(str.encode, table.column(PARTS).to_pylist()),
            strict=True,
        )
    )


@pytest.mark.parametrize("small_pages", [True, False])
def test_what_the_lake_writes_is_read_page_by_page(table: pa.Table, *, small_pages: bool) -> None:
    """All of it: should Arrow write another header one day, this says so."""
    data = ours(table, small_pages=small_pages)
    assert list(read(data)) == stored(table)
    pages = list(ParquetFile(opened(data)).parts_of(0))
    assert sum(page.count for page in pages) == ROWS
    assert len(pages) > small_pages


@pytest.mark.parametrize("lengths_bytes", [1, 1 << 14])
@pytest.mark.parametrize("small_pages", [True, False])
def test_single_rows_are_read_from_their_pages(
    table: pa.Table, monkeypatch: pytest.MonkeyPatch, lengths_bytes: int, *, small_pages: bool
) -> None:
    """Any row and any two, however far into a page that is, without Arrow."""
    monkeypatch.setattr("affidavit.lake.pages._LENGTHS_BYTES", lengths_bytes)
    file = ParquetFile(opened(ours(table, small_pages=small_pages)))
    places, parts = file.places(0), [value for _, value in stored(table)]
    monkeypatch.setattr(file, "columns_of", None)
    for row in range(0, ROWS, 7):
        assert file.parts_at(0, [row], places) == [parts[row]]
        assert file.parts_at(0, [row // 2, row], places)[-1] == parts[row]
    assert file.parts_at(0, range(ROWS), places) == parts


REQUIRED = pa.schema([pa.field(each.name, each.type, nullable=each.name != PARTS) for each in STORED])
DELTA = {
    "compression": "zstd",
    "use_dictionary": False,
    "column_encoding": {PARTS: "DELTA_LENGTH_BYTE_ARRAY"},
    "write_statistics": False,
    "store_schema": False,
}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "none"},
        DELTA | {"compression": "snappy"},
        DELTA | {"data_page_version": "2.0"},
        DELTA | {"write_statistics": True},
        DELTA | {"write_page_checksum": True},
        DELTA | {"row_group_size": 7},
        DELTA | {"column_encoding": {PARTS: "PLAIN"}},
        DELTA | {"column_encoding": {PARTS: "DELTA_BYTE_ARRAY"}},
    ],
    ids=str,
)
@pytest.mark.parametrize("schema", [STORED, REQUIRED], ids=["stored", "nullable"])
def test_files_that_others_write_are_read_whole(
    table: pa.Table, options: dict[str, Any], schema: pa.Schema
) -> None:
    """Whatever compression, encoding, pages and row groups."""
    assert list(read(written(table.cast(schema), **options))) == stored(table)


def test_columns_in_another_order_are_read_by_their_names(table: pa.Table) -> None:
    """The parts are where the file says."""
    turned = table.select(list(reversed(table.column_names)))
    assert list(read(written(turned, **DELTA))) == stored(table)
    assert list(ParquetFile(opened(written(turned, **DELTA))).parts_of(0)) == []


def test_a_large_row_group_is_read_in_bounded_pieces(
    table: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not held as one."""
    monkeypatch.setattr("affidavit.lake.blocks._WHOLE_ROWS", ROWS - 1)
    data = ours(table, small_pages=False)
    assert [len(block) for block in blocks(opened(data))] == [2048, ROWS - 2048]
    assert list(read(data)) == stored(table)


def test_what_follows_a_page_that_is_not_known_is_left_to_arrow(table: pa.Table) -> None:
    """A row is read once, whether its page was known or not."""
    data = bytearray(ours(table, small_pages=True))
    metadata = pq.ParquetFile(pa.BufferReader(bytes(data))).metadata.row_group(0)
    start = metadata.column(STORED.names.index(PARTS)).data_page_offset
    header = bytes(data[start : start + 40])
    ends = header.index(b"\x15\x0c\x15\x06\x15\x06")
    second = data.index(b"\x15\x0c\x15\x06\x15\x06", start + ends + 6)
    data[second + 3] = 0x08  # definition levels in another encoding, of which there are none
    known = list(ParquetFile(opened(bytes(data))).parts_of(0))
    assert 0 < sum(page.count for page in known) < ROWS
    assert list(read(bytes(data))) == stored(table)


def test_damage_is_told_or_changes_nothing_behind_a_row(table: pa.Table) -> None:
    """Turned bits anywhere in the column's pages: an error of ours, or as many rows as there are."""
    whole = ours(table.slice(0, 400), small_pages=True)
    metadata = pq.ParquetFile(pa.BufferReader(whole)).metadata.row_group(0)
    chunk = metadata.column(STORED.names.index(PARTS))
    for at in range(chunk.data_page_offset, chunk.data_page_offset + chunk.total_compressed_size, 3):
        damaged = bytearray(whole)
        damaged[at] ^= 0x15
        try:
            with told("be read"):
                file = ParquetFile(opened(bytes(damaged)))
                assert len(file.parts_at(0, [0, 255, 399], file.places(0))) == 3
            assert len(list(read(bytes(damaged)))) == 400
        except AffidavitError:
            continue
        except ValueError as error:  # of zip: fewer parts than rows
            assert "zip" in str(error)
