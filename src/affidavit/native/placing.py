"""Rows put in order, for verification: a file of the lake is sorted by something else than the log."""

from __future__ import annotations

import ctypes
from array import array
from io import BytesIO
from typing import TYPE_CHECKING

from affidavit.core.errors import RecordError
from affidavit.formats.record import placing as reference
from affidavit.formats.record.strings import CODE, check_range
from affidavit.native.library import BAD_OFFSETS, Held, library

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Buffer

_NUMBER_BYTES = 8
_MOST = 1 << 31
"""Rows that are put in order at once, at most."""


def ordered(keys: array[int]) -> array[int]:
    """As formats.record.placing.ordered."""
    loaded = library()
    if loaded is None or len(keys) >= _MOST:
        return reference.ordered(keys)
    order, scratch = (
        array("q", bytes(_NUMBER_BYTES * len(keys))),
        array("q", bytes(_NUMBER_BYTES * len(keys))),
    )
    with Held() as held:
        into = _pointers(held, order, scratch, writable=True)
        loaded.affidavit_ordered(*_pointers(held, keys), ctypes.c_int64(len(keys)), *into)
    return order


def taken(items: Buffer, order: array[int], *, width: int) -> bytes:
    """As formats.record.placing.taken; RecordError where the order names an item that there is none of."""
    loaded = library()
    if loaded is None:
        return reference.taken(items, order, width=width)
    check_range(items, count=len(order), width=width)
    found = BytesIO(bytes(len(order) * width))  # its value, once it is filled, is had without a copy
    with found.getbuffer() as into, Held() as held:
        status = loaded.affidavit_taken(
            *_pointers(held, items),
            ctypes.c_int64(len(order)),
            ctypes.c_int64(width),
            *_pointers(held, order),
            *_pointers(held, into, writable=True),
        )
    if status == BAD_OFFSETS:
        raise RecordError("an order names an item that is not there", code=CODE)
    return found.getvalue()


def following(
    values: memoryview[int], groups: memoryview[int] | None = None, *, known: int = 1
) -> tuple[int, array[int], array[int]]:
    """As formats.record.placing.following."""
    loaded = library()
    if loaded is None:
        return reference.following(values, groups, known=known)
    if groups is not None:
        check_range(groups, count=len(values), width=4)
    firsts, nexts = (array("q", bytes(_NUMBER_BYTES * known)) for _ in range(2))
    asked = loaded.affidavit_following
    asked.restype = ctypes.c_int64
    with Held() as held:
        count = asked(
            ctypes.c_void_p(held.aligned(values, _NUMBER_BYTES)),
            ctypes.c_void_p(None if groups is None else held.aligned(groups, 4)),
            ctypes.c_int64(len(values)),
            ctypes.c_int64(known),
            *_pointers(held, firsts, nexts, writable=True),
        )
    return int(count), firsts, nexts


def ends(
    values: memoryview[int], groups: memoryview[int], group: int, *, but: bool = False
) -> tuple[int, int] | None:
    """As formats.record.placing.ends."""
    loaded = library()
    if loaded is None:
        return reference.ends(values, groups, group, but=but)
    check_range(groups, count=len(values), width=4)
    found = array("q", bytes(2 * _NUMBER_BYTES))
    with Held() as held:
        loaded.affidavit_ends(
            ctypes.c_void_p(held.aligned(values, _NUMBER_BYTES)),
            ctypes.c_void_p(held.aligned(groups, 4)),
            ctypes.c_int64(len(values)),
            ctypes.c_int32(group),
            ctypes.c_int32(but),
            *_pointers(held, found, writable=True),
        )
    return None if found[0] < 0 else (found[0], found[1])


def _pointers(held: Held, *buffers: Buffer, writable: bool = False) -> Iterator[ctypes.c_void_p]:
    return (ctypes.c_void_p(held.address(buffer, writable=writable)[0]) for buffer in buffers)
