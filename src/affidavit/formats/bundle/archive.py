"""The ZIP of a bundle, read without trust: a closed list of names, each once, and no byte that nobody reads.

What other programs may take for granted is refused here: directories, links, encryption, names that lead elsewhere,
methods other than stored and deflated, data before, between or behind the members, a member longer than it says.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO

from affidavit.core.errors import BundleError
from affidavit.formats.bundle.members import LIMITS, OPTIONAL

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK_BYTES = 4 << 20
_LOCAL = struct.Struct("<4s5H3I2H")
_LOCAL_SIGNATURE = b"PK\x03\x04"
_END = struct.Struct("<4s4H2IH")
_END_SIGNATURE = b"PK\x05\x06"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_UTF8_NAMES = 0x800
_FAILURES = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError, NotImplementedError)
MAX_RATIO = 1100
"""Deflate makes nothing smaller than by this factor."""


class Archive:
    """The members of one bundle; opening it checks the structure, reading a member its length and CRC."""

    def __init__(self, file: BinaryIO) -> None:
        """`file` can seek; BundleError, code `bundle-archive`, where it is not the ZIP of a bundle."""
        self._file = file
        self._digests: dict[str, str] = {}
        try:
            self._zip = zipfile.ZipFile(file)
            infos = self._zip.infolist()
            self._members = {info.filename: info for info in infos}
            _check_members(infos)
            self._check_layout(infos)
        except _FAILURES as error:
            raise _broken(f"the file is no ZIP archive, or not whole: {error}") from error

    @property
    def names(self) -> list[str]:
        """Of the members, in their order."""
        return list(self._members)

    def size(self, name: str) -> int:
        """The member's length in bytes."""
        return self._members[name].file_size

    def digest(self, name: str) -> str:
        """SHA-256 of a member in hexadecimal digits; from memory where the member was read to its end."""
        if name not in self._digests:
            for _ in self.chunks(name):
                pass
        return self._digests[name]

    def read(self, name: str) -> bytes:
        """A whole member."""
        return b"".join(self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """A member piece by piece; BundleError where it is absent or does not unpack to what it says."""
        info = self._members.get(name)
        if info is None:
            raise BundleError(f"the member {name} is missing", code="member-missing")
        digest = sha256()
        length = 0
        try:
            with self._zip.open(info) as member:
                while piece := member.read(CHUNK_BYTES):
                    length += len(piece)
                    digest.update(piece)
                    yield piece
        except _FAILURES as error:
            raise _broken(f"the member {name} does not unpack: {error}") from error
        if length != info.file_size:
            raise _broken(f"the member {name} has {length} bytes and not the {info.file_size} that it states")
        self._digests[name] = digest.hexdigest()

    def _check_layout(self, infos: list[zipfile.ZipInfo]) -> None:
        """The members stand one behind another from the first byte on, then the directory, then nothing."""
        at = 0
        for info in sorted(infos, key=lambda info: info.header_offset):
            self._file.seek(info.header_offset)
            local = _LOCAL.unpack(self._file.read(_LOCAL.size))
            signature, _, flags, method, _, _, crc, packed, size, name_bytes, extra_bytes = local
            name = self._file.read(name_bytes)
            stated = (info.compress_type, info.CRC, info.compress_size, info.file_size)
            if signature != _LOCAL_SIGNATURE or name != info.filename.encode("ascii"):
                raise _broken(f"the member {info.filename} begins with the header of something else")
            if flags & ~_UTF8_NAMES or (method, crc, packed, size) != stated:
                raise _broken(f"the member {info.filename} is described in two ways")
            if info.header_offset != at:
                raise _broken(f"bytes that belong to no member stand before {info.filename}")
            at += _LOCAL.size + name_bytes + extra_bytes + info.compress_size
        if self._zip.start_dir != at:
            raise _broken("bytes that belong to no member stand before the directory")
        self._file.seek(0, 2)
        end = self._file.tell()
        self._file.seek(end - _END.size)
        signature, disk, disk2, here, count, length, start, comment = _END.unpack(self._file.read(_END.size))
        expected = (_END_SIGNATURE, 0, 0, len(infos), len(infos), end - _END.size - at, at, 0)
        if (signature, disk, disk2, here, count, length, start, comment) != expected:
            raise _broken("the archive does not end with its directory")


def _check_members(infos: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for info in infos:
        name = info.filename
        if name not in LIMITS or info.orig_filename != name:
            raise BundleError(f"a bundle has no member {info.orig_filename[:80]!a}", code="member-unknown")
        if name in seen:
            raise BundleError(f"the member {name} is there twice", code="member-twice")
        seen.add(name)
        if info.flag_bits & ~_UTF8_NAMES or info.compress_type not in _METHODS:
            raise _broken(
                f"the member {name} is encrypted, streamed or packed by another method than deflate"
            )
        if info.comment:
            raise _broken(f"the member {name} has a comment")
        if info.file_size > LIMITS[name] or info.file_size > MAX_RATIO * (info.compress_size + 1):
            raise BundleError(f"the member {name} would unpack to {info.file_size} bytes", code="member-size")
    for name in LIMITS:
        if name not in seen and name not in OPTIONAL:
            raise BundleError(f"the member {name} is missing", code="member-missing")


def _broken(what: str) -> BundleError:
    return BundleError(what, code="bundle-archive")
