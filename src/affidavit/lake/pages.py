"""The column of parts a page at a time, each value where it lies in its page, for readers of all or some.

Arrow would copy every value out of its page and the column to a larger place each time it outgrows the one it has,
which takes longer than decompression. Only pages that look in every byte of their header as Arrow writes them are read
here. From the first other one on a column is left to Arrow.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import zstandard

from affidavit.formats.record.strings import Strings
from affidavit.native.delta import page_offsets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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
_KEPT_BYTES = 8 << 20
_LENGTHS_BYTES = 1 << 14
"""A thousand lengths lie in less."""
_ENCODINGS = {"RLE", "DELTA_LENGTH_BYTE_ARRAY"}


class _Room:
    """Where one page lies after another."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def of(self, size_bytes: int) -> memoryview:
        """For the next page; the one before it is gone."""
        if size_bytes > _KEPT_BYTES:
            return memoryview(bytearray(size_bytes))
        if len(self._kept) < size_bytes:
            self._kept = bytearray(size_bytes)
        return memoryview(self._kept)[:size_bytes]


class _Thread(threading.local):
    """What a thread decompresses with and into, again and again: memory that is new takes as long to get as to fill."""

    def __init__(self) -> None:
        self.decompressor = zstandard.ZstdDecompressor()
        self.rooms: list[_Room] = []
        """Those that nobody reads from."""


_thread = _Thread()


@contextmanager
def _room() -> Iterator[_Room]:
    rooms = _thread.rooms
    room = rooms.pop() if rooms else _Room()
    try:
        yield room
    finally:
        rooms.append(room)


class Place(NamedTuple):
    """Where a page lies in its file, without its header."""

    rows: int
    start: int
    end: int
    page_bytes: int
    """Once it is decompressed."""


def pages(file: OpenFile, chunk: pq.ColumnChunkMetaData, rows: int) -> Iterator[Strings]:
    """The values of a required column of strings in a row group of so many rows, and no more.

    A page is gone with the next step. Ends before the first page that is not as Arrow writes it.
    """
    with _room() as room:
        for place, frame in _frames(file, chunk, rows):
            page = _opened(place, frame, room.of(place.page_bytes))
            if page is None:
                return
            yield page


def places(file: OpenFile, chunk: pq.ColumnChunkMetaData, rows: int) -> tuple[Place, ...]:
    """Where the pages of such a column lie, up to the first that is not as Arrow writes it."""
    return tuple(place for place, _ in _frames(file, chunk, rows))


def values(file: OpenFile, known: Iterable[Place], wanted: Sequence[int]) -> list[bytes] | None:
    """The values of the wanted rows, ascending; only the pages that hold them are read, as far as the last of them.

    None where one lies in no known page, or in one that is not as Arrow writes it.
    """
    found: list[bytes] = []
    first = 0
    with _room() as room:
        for place in known:
            last = bisect_left(wanted, first + place.rows)
            if last > len(found):
                rows = [row - first for row in wanted[len(found) : last]]
                frame = file.read(place.start, place.end)
                page = _opened_to(rows[-1], place, frame, room.of(place.page_bytes))
                if page is None:
                    return None
                found += map(page.value, rows)
                if last == len(wanted):
                    return found
            first += place.rows
    return None


def _frames(file: OpenFile, chunk: pq.ColumnChunkMetaData, rows: int) -> Iterator[tuple[Place, memoryview]]:
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
        yield Place(count, start + header.end(), start + at, page_bytes), frame


def _opened(place: Place, frame: memoryview, page: memoryview) -> Strings | None:
    """The page, which the frame fills and no more; None where it is not as Arrow writes it."""
    try:
        with _thread.decompressor.stream_reader(frame, read_across_frames=True) as reader:
            if _fill(reader, page) < len(page) or reader.read(1):
                return None
    except zstandard.ZstdError:
        return None
    offsets = page_offsets(page, place.rows)
    return None if offsets is None else Strings(data=page, offsets=offsets, count=place.rows)


def _opened_to(row: int, place: Place, frame: bytes, page: memoryview) -> Strings | None:
    """The same as far as that row."""
    try:
        with _thread.decompressor.stream_reader(frame) as reader:
            filled = _fill(reader, page[:_LENGTHS_BYTES])
            offsets = page_offsets(page, place.rows)
            if offsets is None or offsets[0] > filled:  # the lengths go on
                filled += _fill(reader, page[filled:])
                offsets = page_offsets(page, place.rows)
            if offsets is None:
                return None
            end = offsets[row + 1]
            if filled < end:
                filled += _fill(reader, page[filled:end])
    except zstandard.ZstdError:
        return None
    return Strings(data=page, offsets=offsets, count=place.rows) if filled >= end else None


def _fill(reader: zstandard.ZstdDecompressionReader, into: memoryview) -> int:
    """How much of it is filled: less than all where the frame ends before."""
    at = 0
    while at < len(into) and (count := reader.readinto(into[at:])):
        at += count
    return at


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
