"""The bytes of a spool segment: a wrapped file key, then encrypted frames (docs/spec/spool.md).

    magic "affidavit/spool/v1\\n" · u16 length · age file that holds 32 bytes of key
    frame: u32 length of what follows · ChaCha20-Poly1305 of the chunk, nonce = number of the frame

An age stream must end with a final chunk and cannot grow; a spool grows, and its end may be torn by a crash.
Whoever holds only the recipient can write a segment but cannot read an older one.
"""

from __future__ import annotations

import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from affidavit.core.errors import AgeError, StorageError
from affidavit.formats.age.file import decrypt, encrypt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from affidavit.formats.age.recipient import Identity, Recipient
    from collections.abc import Sequence

MAGIC = b"affidavit/spool/v1\n"
_KEY_BYTES = 32
_TAG_BYTES = 16
_NONCE = struct.Struct(">4xQ")
_LENGTH = struct.Struct(">I")
MAX_FRAME_BYTES = 256 * 1024 * 1024


class FrameWriter:
    """Turns chunks into the frames of one new segment."""

    def __init__(self, recipient: Recipient) -> None:
        key = os.urandom(_KEY_BYTES)
        wrapped = encrypt(key, [recipient])
        self.header = MAGIC + struct.pack(">H", len(wrapped)) + wrapped
        self._cipher = ChaCha20Poly1305(key)
        self._number = 0

    def frame(self, plaintext: bytes) -> bytes:
        """The next frame; frames must be stored in the order in which they were made."""
        sealed = self._cipher.encrypt(_NONCE.pack(self._number), plaintext, None)
        self._number += 1
        return _LENGTH.pack(len(sealed)) + sealed


class FrameReader:
    """Opens the frames of one segment in order."""

    def __init__(self, header: bytes, identities: Sequence[Identity]) -> None:
        """`header` is the segment's beginning, of at least `header_bytes(header)` bytes."""
        size = header_bytes(header)
        try:
            key = decrypt(header[len(MAGIC) + 2 : size], identities)
        except AgeError as error:
            raise StorageError(f"spool segment key: {error}", code="spool-corrupt") from error
        self.position = size
        """Offset of the next frame in the segment."""
        self._cipher = ChaCha20Poly1305(key)
        self._number = 0

    def skip(self, data: bytes, until: int) -> None:
        """Advance over the frames in `data` (which begins at `position`) up to offset `until`, unopened."""
        start = self.position
        while self.position < until:
            (size,) = _LENGTH.unpack_from(data, self.position - start)
            self.position += _LENGTH.size + size
            self._number += 1

    def frames(self, data: bytes) -> list[tuple[int, bytes]]:
        """The whole frames at the beginning of `data`, opened, each with the offset behind it.

        An incomplete last one is left for later. StorageError where a whole frame does not open: it was changed.
        """
        opened: list[tuple[int, bytes]] = []
        at = 0
        while at + _LENGTH.size <= len(data):
            (size,) = _LENGTH.unpack_from(data, at)
            end = at + _LENGTH.size + size
            if end > len(data):
                break
            plaintext = self._open(data[at + _LENGTH.size : end])
            self.position += end - at
            opened.append((self.position, plaintext))
            at = end
        return opened

    def _open(self, sealed: bytes) -> bytes:
        try:
            plaintext = self._cipher.decrypt(_NONCE.pack(self._number), sealed, None)
        except InvalidTag as error:
            raise StorageError(
                f"spool frame {self._number} at byte {self.position} was changed", code="spool-corrupt"
            ) from error
        self._number += 1
        return plaintext


def header_bytes(beginning: bytes) -> int:
    """Length of the header; StorageError where `beginning` is none."""
    fixed = len(MAGIC) + 2
    if len(beginning) < fixed or beginning[: len(MAGIC)] != MAGIC:
        raise StorageError("not a spool segment", code="spool-corrupt")
    size: int = struct.unpack_from(">H", beginning, len(MAGIC))[0]
    if len(beginning) < fixed + size:
        raise StorageError("a spool segment ends within its header", code="spool-corrupt")
    return fixed + size
