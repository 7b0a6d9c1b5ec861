"""The column of parts a page at a time, each value where it lies in its page, for readers of all or some.

Arrow would copy every value out of its page and the column to a larger place each time it outgrows the one it has,
which takes longer than decompression. Only pages that look in every byte of their header as Arrow writes them are read
here. From the first other one on a column is left to Arrow.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import zstandard

from affidavit.formats.record.strings import Strings
from affidavit.native.delta import page_offsets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow.parquet as pq

    from affidavit.lake.sealed_files import OpenFile

_VARINT = rb"([\x80-\xff]{0,4}[\x00-\x7f])"
_HEADER = re.compile(
    rb"\x15\x00"  # PageHeader in Thrift's compact protocol: type DATA_PAGE
    rb"\x15" + _VARINT +  # bytes once it is decompressed
    rb"\x15" + _VARINT +  # and before
    rb"\x2c\x15" + _VARINT +  # DataPageHeader: values
    rb"\x15\x0c\x15\x06\x15\x06"  # DELTA_LENGTH_BYTE_ARRAY; RLE for levels, which a required column has none of
    rb"\x1c\x00\x00\x00",  # no statistics
    re.DOTALL,
)  # fmt: skip
_ZSTD = pa.Codec("zstd")
_ENCODINGS = {"RLE", "DELTA_LENGTH_BYTE_ARRAY"}


class _Frame(NamedTuple):
    """A page before it is decompressed."""

    rows: int
    data: memoryview
    page_bytes: int


def pages(file: OpenFile, chunk: pq.ColumnChunkMetaData, rows: int) -> Iterator[Strings]:
    """The values of a required column of strings in a row group of so many rows, and no more.

    Ends before the first page that is not as Arrow writes it.
    """
    for frame in _frames(file, chunk, rows):
        page = _opened(frame)
        if page is None:
            return
        yield page


def values(
    file: OpenFile, chunk: pq.ColumnChunkMetaData, rows: int, wanted: Sequence[int]
) -> list[bytes] | None:
    """The values of the wanted rows, ascending, of such a row group; only their pages are decompressed.

    None where there is a page among them that is not as Arrow writes it.
    """
    found: list[bytes] = []
    first = 0
    for frame in _frames(file, chunk, rows):
        last = bisect_left(wanted, first + frame.rows)
        if last > len(found):
            page = _opened(frame)
            if page is None:
                return None
            found += [page.value(row - first) for row in wanted[len(found) : last]]
            if last == len(wanted):
                return found
        first += frame.rows
    return None


def _frames(file: OpenFile, chunk: pq.ColumnChunkMetaData, rows: int) -> Iterator[_Frame]:
    if chunk.compression != "ZSTD" or chunk.has_dictionary_page or set(chunk.encodings) != _ENCODINGS:
        return
    start = chunk.data_page_offset
    data = file.read(start, start + chunk.total_compressed_size)
    at = 0
    while rows and (header := _HEADER.match(data, at)):
        page_bytes, frame_bytes, count = map(_number, header.groups())
        at = header.end() + frame_bytes
        frame = memoryview(data)[header.end() : at]
        if not 0 < count <= rows or len(frame) != frame_bytes or _content_bytes(frame) != page_bytes:
            return
        rows -= count
        yield _Frame(count, frame, page_bytes)


def _opened(frame: _Frame) -> Strings | None:
    """None where it is not as Arrow writes it."""
    page = _ZSTD.decompress(
        frame.data, decompressed_size=frame.page_bytes
    )  # which does not tell of fewer bytes
    offsets = page_offsets(page, frame.rows)
    return None if offsets is None else Strings(data=page, offsets=offsets, count=frame.rows)


def _content_bytes(frame: memoryview) -> int | None:
    """What the frame says that it holds, by which decompression goes; None where it says nothing."""
    try:
        said: int = zstandard.frame_content_size(frame)
    except zstandard.ZstdError:
        return None
    return said if said >= 0 else None


def _number(varint: bytes) -> int:
    """A number of Thrift's, which has its sign in the lowest bit."""
    value = sum((byte & 0x7F) << 7 * at for at, byte in enumerate(varint))
    return value >> 1 ^ -(value & 1)
