"""How a column of strings is handed to the library."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from affidavit.formats.record.strings import Coded, Strings

if TYPE_CHECKING:
    from affidavit.native.library import Held

__all__ = ["Strings", "Structure", "structure"]

_TWO = ctypes.c_int64 * 2


class Structure(ctypes.Structure):
    """kernel_strings in kernel.h."""

    _fields_ = (
        ("data", ctypes.c_void_p),
        ("data_bytes", ctypes.c_int64),
        ("offsets", ctypes.c_void_p),
        ("wide", ctypes.c_int32),
        ("repeated", ctypes.c_int32),
        ("codes", ctypes.c_void_p),
        ("values", ctypes.c_int64),
    )


def structure(column: Strings | Coded | bytes, held: Held) -> Structure:
    """The column for the library, which checks the offsets themselves; RecordError where there are too few.

    Bytes stand for a column that has them in every row.
    """
    if isinstance(column, bytes):
        offsets = held.address(_TWO(0, len(column)))[0]
        return Structure(held.address(column)[0], len(column), offsets, 1, 1, None, 0)
    column.check()
    codes, count = None, 0
    if isinstance(column, Coded):
        codes, count, column = held.aligned(column.codes, 4), column.values.count, column.values
    width = 8 if column.wide else 4
    data, data_bytes = held.address(b"" if column.data is None else column.data)
    offsets = held.aligned(column.offsets, width)
    return Structure(data, data_bytes, offsets + column.first * width, column.wide, 0, codes, count)
