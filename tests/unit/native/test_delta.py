"""Values are found in pages where Arrow put them, whatever their lengths; no other page is taken for one."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from affidavit.native import delta
from affidavit.native.delta import page_offsets

if TYPE_CHECKING:
    from collections.abc import Sequence

LENGTHS = st.lists(st.integers(0, 40) | st.sampled_from([127, 128, 5_000, 70_000]), min_size=1, max_size=400)


@pytest.fixture(params=["library", "python"], autouse=True)
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the library finds and what Python finds."""
    if request.param == "python":
        monkeypatch.setattr(delta, "library", lambda: None)


def page(values: Sequence[bytes]) -> bytes:
    """The only page of a Parquet file with these values, without its header."""
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink,
        pa.schema([pa.field("v", pa.large_binary(), nullable=False)]),
        compression="none",
        use_dictionary=False,
        column_encoding={"v": "DELTA_LENGTH_BYTE_ARRAY"},
        write_statistics=False,
    ) as writer:
        writer.write_table(pa.table([pa.array(values, pa.large_binary())], schema=writer.schema))
    chunk = pq.ParquetFile(pa.BufferReader(sink.getvalue())).metadata.row_group(0).column(0)
    whole: bytes = sink.getvalue().to_pybytes()[chunk.data_page_offset :][: chunk.total_compressed_size]
    return whole[whole.index(b"\x80\x01\x04") :]  # blocks of 128, of four


@given(lengths=LENGTHS)
@example(lengths=[0])
@example(lengths=[5] * 129)
def test_values_are_found_where_arrow_put_them(lengths: list[int]) -> None:
    """Of any lengths, in any number."""
    values = [bytes([at % 251]) * length for at, length in enumerate(lengths)]
    written = page(values)
    offsets = page_offsets(written, len(values))
    assert offsets is not None
    assert [written[start:end] for start, end in pairwise(offsets)] == values
    for other in (len(values) - 1, len(values) + 1, 0, -1):
        assert page_offsets(written, other) is None
    assert page_offsets(written + b"x", len(values)) is None
    assert page_offsets(written[:-1], len(values)) is None


@given(
    lengths=LENGTHS, at=st.integers(0, 1 << 20), bits=st.integers(1, 255), end=st.none() | st.integers(0, 999)
)
def test_damaged_pages_lead_nowhere_else(lengths: list[int], at: int, bits: int, end: int | None) -> None:
    """A page with some bits turned, or cut, is refused or has its values one behind another to its end."""
    damaged = bytearray(page([b"v" * length for length in lengths]))
    damaged[at % len(damaged)] ^= bits
    del damaged[len(damaged) if end is None else end :]
    offsets = page_offsets(damaged, len(lengths))
    if offsets is not None:
        assert list(offsets) == sorted(offsets)
        assert 0 < offsets[0] <= offsets[-1] == len(damaged)


@given(data=st.binary(max_size=80), count=st.integers(-2, 200))
def test_garbage_is_no_page(data: bytes, count: int) -> None:
    """Nothing is read behind its end; what looks like a page by chance has its values to its end."""
    for found in (data, b"\x80\x01\x04" + data):
        offsets = page_offsets(found, count)
        assert offsets is None or offsets[-1] == len(found)


@given(
    data=st.binary(max_size=60),
    count=st.integers(1, 140),
    first=st.integers(0, 40),
    widths=st.lists(st.integers(0, 33), min_size=4, max_size=4),
)
def test_the_library_and_python_take_the_same_for_pages(
    data: bytes, count: int, first: int, widths: list[int]
) -> None:
    """Blocks of any widths and numbers of any size."""
    number = bytes([count]) if count < 128 else bytes([count & 127 | 128, 1])
    head = b"\x80\x01\x04" + number + bytes([2 * first, 0, *widths])
    for found in (head + data, head + bytes(16 * 33) + data):
        assert page_offsets(found, count) == delta._page_offsets(found, count)
