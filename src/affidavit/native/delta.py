"""Where the values of a Parquet page begin that has their lengths in front (DELTA_LENGTH_BYTE_ARRAY)."""

from __future__ import annotations

import ctypes
from array import array
from typing import TYPE_CHECKING

from affidavit.native.library import Held, library

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Buffer

_OFFSET_BYTES = 8
_BLOCK, _MINIBLOCKS, _MINIBLOCK = 128, 4, 32
_LENGTHS = 1 << 31
_NUMBERS = 1 << 32


def page_offsets(page: Buffer, count: int) -> array[int] | None:
    """The offsets in the page of its `count` values, and where the last one ends.

    None where they do not fill the rest of the page, or their lengths are packed otherwise than Arrow packs them: in
    blocks of 128, a quarter of one at a time.
    """
    if count < 1:
        return None
    loaded = library()
    if loaded is None:
        return _page_offsets(bytes(memoryview(page)), count)
    offsets = array("q", bytes(_OFFSET_BYTES * (count + 1)))
    with Held() as held:
        address, size_bytes = held.address(page)
        status = loaded.affidavit_page_offsets(
            ctypes.c_void_p(address),
            ctypes.c_int64(size_bytes),
            ctypes.c_int64(count),
            ctypes.c_void_p(held.address(offsets, writable=True)[0]),
        )
    return None if status else offsets


def _page_offsets(page: bytes, count: int) -> array[int] | None:
    """The same in Python."""
    packed = _Packed(page)
    try:
        lengths = list(packed.lengths(count))
    except IndexError:
        return None
    offsets = array("q", [packed.at])
    for length in lengths:
        if length >= _LENGTHS:
            return None
        offsets.append(offsets[-1] + length)
    return offsets if len(lengths) == count and offsets[-1] == len(page) else None


class _Packed:
    """Numbers of 32 bits on their way out of a page; IndexError where it does not go on so."""

    def __init__(self, page: bytes) -> None:
        self._page = page
        self.at = 0

    def lengths(self, count: int) -> Iterator[int]:
        """DELTA_BINARY_PACKED, of so many numbers."""
        if (self._number(), self._number(), self._number()) != (_BLOCK, _MINIBLOCKS, count):
            raise IndexError
        length, left = self._signed(), count - 1
        yield length
        while left:
            least, widths = self._signed(), self._bytes(_MINIBLOCKS)
            for width in widths:
                if width > (32 if left else 0):
                    raise IndexError
                deltas = int.from_bytes(self._bytes(_MINIBLOCK // 8 * width), "little")
                for at in range(min(left, _MINIBLOCK)):
                    length = (length + least + (deltas >> at * width & (1 << width) - 1)) % _NUMBERS
                    yield length
                left -= min(left, _MINIBLOCK)

    def _bytes(self, count: int) -> bytes:
        found = self._page[self.at : self.at + count]
        if len(found) < count:
            raise IndexError
        self.at += count
        return found

    def _number(self) -> int:
        value = 0
        for shift in range(0, 35, 7):
            byte = self._page[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if not byte & 0x80 and value < _NUMBERS:
                return value
        raise IndexError

    def _signed(self) -> int:
        value = self._number()
        return (value >> 1 ^ -(value & 1)) % _NUMBERS
