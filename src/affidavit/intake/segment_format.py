r"""The bytes of a spool segment: a wrapped file key, then encrypted frames (docs/spec/spool.md).

    magic "affidavit/spool/v2\\n" · u16 length · age file that holds 32 bytes of key
    frame: u32 length of what follows · ChaCha20-Poly1305 of the chunk, nonce = number of the frame

An age stream must end with a final chunk and cannot grow; a spool grows, and its end may be torn by a crash.
Whoever holds only the recipient can write a segment but cannot read an older one.
"""

from __future__ import annotations

import os
import re
import struct
from contextlib import suppress
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from affidavit.core.errors import AgeError, StorageError
from affidavit.formats.age.file import decrypt, encrypt
from affidavit.intake.frames import encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from affidavit.formats.age.recipient import Identity, Recipient
    from affidavit.intake.frames import Chunk

MAGIC = b"affidavit/spool/v2\n"
_ANY_VERSION = re.compile(rb"affidavit/spool/v[0-9]+\n")
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
        self._sealed = bytearray()

    def chunk(self, chunk: Chunk, *, synced_bytes: int) -> memoryview:
        """The next frame, of a chunk, which is used up. Valid until the next one is asked for."""
        return self.frame(encode(chunk, synced_bytes=synced_bytes))

    def frame(self, plaintext: bytes | bytearray) -> memoryview:
        """The next frame, valid until the one after it; frames must be stored in the order they were made."""
        if len(plaintext) > MAX_FRAME_BYTES:
            raise StorageError(
                f"a chunk of {len(plaintext)} bytes is too large for the spool", code="spool-frame"
            )
        size = len(plaintext) + _TAG_BYTES
        if len(self._sealed) < _LENGTH.size + size:
            self._sealed = bytearray(_LENGTH.size + size)
        frame = memoryview(self._sealed)[: _LENGTH.size + size]
        _LENGTH.pack_into(frame, 0, size)
        self._cipher.encrypt_into(_NONCE.pack(self._number), plaintext, None, frame[_LENGTH.size :])
        self._number += 1
        return frame


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
        """Advance over the frames in `data` (which begins at `position`) up to offset `until`, unopened.

        StorageError where no frame ends there: a length was changed, or the segment was cut.
        """
        start, at = self.position, 0
        while start + at < until and at + _LENGTH.size <= len(data):
            at += _LENGTH.size + _LENGTH.unpack_from(data, at)[0]
            self._number += 1
        self.position = start + at
        if self.position != until:
            raise StorageError(f"no spool frame ends at byte {until}", code="spool-corrupt")

    def behind_changed(self, data: bytes) -> Iterator[bytes]:
        """What still opens of `data` behind its first frame, which does not; the lengths show the way."""
        at, number = 0, self._number
        while at + _LENGTH.size <= len(data):
            end = at + _LENGTH.size + _LENGTH.unpack_from(data, at)[0]
            if number > self._number and end <= len(data):
                with suppress(InvalidTag):
                    yield self._cipher.decrypt(_NONCE.pack(number), data[at + _LENGTH.size : end], None)
            at, number = end, number + 1

    def frames(self, data: bytes) -> list[tuple[int, bytes]]:
        """The whole frames at the beginning of `data`, opened, each with the offset behind it.

        An incomplete last one is left for later. StorageError where the first one is whole and does not open: it
        was changed. One behind it that does not open ends what is returned, and is the first the next time.
        """
        opened: list[tuple[int, bytes]] = []
        at = 0
        sealed = memoryview(data)  # megabytes are not copied to be opened
        while at + _LENGTH.size <= len(data):
            (size,) = _LENGTH.unpack_from(data, at)
            end = at + _LENGTH.size + size
            if end > len(data):
                break
            try:
                plaintext = self._open(sealed[at + _LENGTH.size : end])
            except StorageError:
                if opened:
                    break
                raise
            self.position += end - at
            opened.append((self.position, plaintext))
            at = end
        return opened

    def _open(self, sealed: memoryview) -> bytes:
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
        if _ANY_VERSION.match(beginning) and not beginning.startswith(MAGIC):
            raise StorageError(
                "a spool segment of another version of the format",
                code="spool-version",
                hint="Use the version of Affidavit that wrote it.",
            )
        raise StorageError("not a spool segment", code="spool-corrupt")
    size: int = struct.unpack_from(">H", beginning, len(MAGIC))[0]
    if len(beginning) < fixed + size:
        raise StorageError("a spool segment ends within its header", code="spool-corrupt")
    return fixed + size
