"""The compiled library, where there is one, and how buffers are handed to it.

script/build_kernel.py compiles it beside this file; it knows nothing of Python. A machine without a compiler has
none, and every function of this room then does the same in Python.
"""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from affidavit.core.errors import RecordError
from affidavit.formats.record.strings import CODE

if TYPE_CHECKING:
    from typing_extensions import Buffer

VERSION = 10
"""KERNEL_VERSION in kernel.h; a library that was built from other sources is not used."""
BAD_OFFSETS = -1
NO_CUT = -2


class _Buffer(ctypes.Structure):
    """Python's own Py_buffer, which is the same in every Python from 3.11 on."""

    _fields_ = (
        ("address", ctypes.c_void_p),
        ("owner", ctypes.py_object),
        ("size_bytes", ctypes.c_ssize_t),
        ("item_bytes", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("dimensions", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("suboffsets", ctypes.c_void_p),
        ("internal", ctypes.c_void_p),
    )


_SIMPLE, _WRITABLE = 0, 1
_get = ctypes.pythonapi.PyObject_GetBuffer
_get.argtypes = (ctypes.py_object, ctypes.POINTER(_Buffer), ctypes.c_int)
_release = ctypes.pythonapi.PyBuffer_Release
_release.argtypes = (ctypes.POINTER(_Buffer),)


class Held:
    """Buffers that stay where they are until the `with` ends."""

    def __init__(self) -> None:
        self._views: list[_Buffer] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for view in self._views:
            _release(ctypes.byref(view))
        self._views.clear()

    def address(self, buffer: Buffer | None, *, writable: bool = False) -> tuple[int, int]:
        """Where the bytes of the buffer begin, and how many they are; BufferError where they are not contiguous."""
        if buffer is None:
            return 0, 0
        view = _Buffer()
        _get(buffer, ctypes.byref(view), _WRITABLE if writable else _SIMPLE)
        self._views.append(view)
        return view.address or 0, view.size_bytes

    def aligned(self, buffer: Buffer, width: int) -> int:
        """Where integers of `width` bytes begin; RecordError where the machine could not read them there."""
        address, size_bytes = self.address(buffer)
        if size_bytes and address % width:
            raise RecordError("the integers of a column are not aligned", code=CODE)
        return address


@cache
def library() -> Any | None:
    """The library, loaded once; None where there is none for this machine or it is of another version."""
    for file in sorted(Path(__file__).parent.glob("kernel.*")):
        if file.suffix not in {".so", ".dylib", ".dll"}:
            continue
        try:
            loaded = ctypes.CDLL(str(file))
            if loaded.affidavit_kernel_version() == VERSION:
                return loaded
        except (OSError, AttributeError):
            continue
    return None
