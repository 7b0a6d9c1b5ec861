"""The column of parts a page at a time, each value where it lies in its page, for whoever reads all of a file.

Arrow would copy every value out of its page and the column to a larger place each time it outgrows the one it has,
which takes longer than decompression. Only pages that look in every byte of their header as Arrow writes them are read
here. From the first other one on a column is left to Arrow.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa
import zstandard

from affidavit.formats.record.strings import Strings
from affidavit.native.delta import page_offsets

if TYPE_CHECKING:
    from collections.abc import Iterator

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
_ENCODINGS = {"RLE", "DELTA_LENGTH_BYTE_ARRAY"}


def pages(file: OpenFile, chunk: pq.ColumnChunkMetaData, rows: int) -> Iterator[Strings]:
    """The values of a required column of strings in a row group of so many rows, and no more.

    Ends before the first page that is not as Arrow writes it.
    """
    if chunk.compression != "ZSTD" or chunk.has_dictionary_page or set(chunk.encodings) != _ENCODINGS:
        return
    start = chunk.data_page_offset
    data = file.read(start, start + chunk.total_compressed_size)
    codec = pa.Codec("zstd")
    at = 0
    while rows and (header := _HEADER.match(data, at)):
        page_bytes, frame_bytes, count = map(_number, header.groups())
        at = header.end() + frame_bytes
        frame = memoryview(data)[header.end() : at]
        if count > rows or len(frame) != frame_bytes or _content_bytes(frame) != page_bytes:
            return
        rows -= count
        page = codec.decompress(frame, decompressed_size=page_bytes)  # which does not tell of fewer bytes
        offsets = page_offsets(page, count)
        if offsets is None:
            return
        yield Strings(data=page, offsets=offsets, count=count)


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
