"""A number that the processes of one data directory share through a mapped file; it needs no durability."""

from __future__ import annotations

import mmap
import os
import struct
from typing import TYPE_CHECKING

from affidavit.core.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

_NUMBER = struct.Struct("<Q")


class MappedMark:
    """One number of 64 bits in a file of 8 bytes; aligned, so that it is read and written whole."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if os.fstat(descriptor).st_size < _NUMBER.size:
                    os.truncate(descriptor, _NUMBER.size)
                self._map = mmap.mmap(descriptor, _NUMBER.size)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise StorageError(f"cannot map {path.name}: {error.strerror}") from error

    def get(self) -> int:
        """The last number set, 0 at first."""
        number: int = _NUMBER.unpack_from(self._map)[0]
        return number

    def set(self, value: int) -> None:
        """Visible to every process at once."""
        _NUMBER.pack_into(self._map, 0, value)


class LocalMark:
    """The same within one process."""

    def __init__(self) -> None:
        self._value = 0

    def get(self) -> int:
        """The last number set, 0 at first."""
        return self._value

    def set(self, value: int) -> None:
        """Visible to every thread at once."""
        self._value = value
