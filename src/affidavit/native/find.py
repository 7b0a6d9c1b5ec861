"""Caseless search through a column, for free text: no index, just the speed of memory."""

from __future__ import annotations

import ctypes
from bisect import bisect_right
from typing import TYPE_CHECKING

from affidavit.formats.record.strings import bad_offsets
from affidavit.native.library import BAD_OFFSETS, Held, library
from affidavit.native.strings import structure

if TYPE_CHECKING:
    from affidavit.formats.record.strings import Strings


def find(needle: bytes, column: Strings) -> bytearray:
    """A bitmap, least significant bit first as in Arrow: which values contain `needle`, A-Z taken as a-z.

    Any other byte stands for itself alone: whoever means letters beyond ASCII in either case folds them before,
    or asks something else. An empty needle is in every value. RecordError where the offsets are not the data's.
    """
    column.check()
    loaded = library()
    if not needle:
        column.cuts()
        return _all(column.count)
    if loaded is None:
        return find_plain(needle, column)
    found = bytearray((column.count + 7) // 8)
    needle = needle.lower()
    with Held() as held:
        status = loaded.affidavit_find(
            ctypes.byref(structure(column, held)),
            ctypes.c_int64(column.count),
            needle,
            ctypes.c_int64(len(needle)),
            ctypes.c_void_p(held.address(found, writable=True)[0]),
        )
    if status == BAD_OFFSETS:
        raise bad_offsets()
    return found


def find_plain(needle: bytes, column: Strings) -> bytearray:
    """`find`, in Python."""
    cuts = column.cuts()
    start = cuts[0]
    data = bytes(memoryview(b"" if column.data is None else column.data).cast("B")[start : cuts[-1]]).lower()
    needle = needle.lower()
    found = bytearray((column.count + 7) // 8)
    at = data.find(needle)
    while at >= 0:
        row = bisect_right(cuts, start + at) - 1
        fits = start + at + len(needle) <= cuts[row + 1]
        if fits:
            found[row >> 3] |= 1 << (row & 7)
        at = data.find(needle, cuts[row + 1] - start if fits else at + 1)
    return found


def _all(count: int) -> bytearray:
    found = bytearray(b"\xff") * ((count + 7) // 8)
    if count % 8:
        found[-1] = (1 << count % 8) - 1
    return found
