"""Writing the ZIP of a bundle: members packed side by side as their bytes come, then joined (docs/spec/bundle.md)."""

from __future__ import annotations

import struct
import zlib
from hashlib import sha256
from typing import TYPE_CHECKING

from affidavit.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Executor, Future

_LOCAL = struct.Struct("<4s5H3I2H")
_END = struct.Struct("<4s4H2IH")
_VERSION, _UNIX = 20, 3 << 8
_DEFLATED = 8
_DATE = 1 << 5 | 1  # 1980-01-01, the first that ZIP knows; a bundle's times are in its manifest
_MODE = 0o100600 << 16
_LEVEL = 1
_BLOCK_BYTES = 4 << 20
"""So many that the thread that packs them asks for the interpreter seldom: whoever writes stands still meanwhile."""
MAX_BYTES = (1 << 32) - 1
"""Of a member, and of the whole; beyond that ZIP needs another form, which version 1 does not use."""


class Packed:
    """One member, compressed as it grows."""

    def __init__(self, name: str, data: bytes = b"", *, worker: Executor | None = None) -> None:
        """`worker` has one thread, to compress a block on while the next one is written."""
        self.name = name
        self.size = 0
        self._worker = worker
        self._packing: Future[None] | None = None
        self._crc = 0
        self._digest = sha256()
        self._deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
        self._pieces: list[bytes] = []
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self.write(data)

    def write(self, data: bytes) -> None:
        """More of its bytes; UsageError, code `bundle-too-large`, beyond what the format holds."""
        self.size += len(data)
        if self.size > MAX_BYTES:
            raise too_large()
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        if self._waiting_bytes >= _BLOCK_BYTES:
            self._pack()

    @property
    def digest(self) -> str:
        """SHA-256 of what was written, in hexadecimal digits."""
        self._pack()
        self._finish()
        return self._digest.hexdigest()

    def _pack(self) -> None:
        """What waits is compressed in one go: a call costs more than a short piece."""
        self._finish()
        block, self._waiting, self._waiting_bytes = self._waiting, [], 0
        if self._worker is None:
            self._take(block)
        else:
            self._packing = self._worker.submit(self._take, block)

    def _finish(self) -> None:
        """Until the block before is compressed: not more than two are held."""
        packing, self._packing = self._packing, None
        if packing is not None:
            packing.result()

    def _take(self, waiting: list[bytes]) -> None:
        block = b"".join(waiting)
        self._crc = zlib.crc32(block, self._crc)
        self._digest.update(block)
        self._pieces.append(self._deflate.compress(block))

    def close(self) -> tuple[bytes, bytes, list[bytes]]:
        """The middle of both headers, the name, and the packed bytes; once."""
        self._pack()
        self._finish()
        self._pieces.append(self._deflate.flush())
        packed = sum(map(len, self._pieces))
        name = self.name.encode("ascii")
        middle = struct.pack("<5H3I", _VERSION, 0, _DEFLATED, 0, _DATE, self._crc, packed, self.size)
        return middle, name, self._pieces


def joined(members: Iterable[Packed]) -> bytes:
    """The archive of these members, in this order."""
    pieces: list[bytes] = []
    directory: list[bytes] = []
    at = 0
    for member in members:
        middle, name, packed = member.close()
        pieces += (b"PK\x03\x04", middle, struct.pack("<2H", len(name), 0), name, *packed)
        rest = struct.pack("<5H2I", len(name), 0, 0, 0, 0, _MODE, at)
        directory.append(b"PK\x01\x02" + struct.pack("<H", _UNIX | _VERSION) + middle + rest + name)
        at += _LOCAL.size + len(name) + sum(map(len, packed))
        if at > MAX_BYTES:
            raise too_large()
    listed = b"".join(directory)
    end = _END.pack(b"PK\x05\x06", 0, 0, len(directory), len(directory), len(listed), at, 0)
    return b"".join((*pieces, listed, end))


def too_large() -> UsageError:
    """What a range is refused with that does not fit into one bundle."""
    return UsageError(
        "the evidence does not fit into one bundle of 4 GiB",
        code="bundle-too-large",
        hint="Ask for a shorter period, or withhold `raw`.",
    )
