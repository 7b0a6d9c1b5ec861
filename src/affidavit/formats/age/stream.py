"""The payload of an age file: ChaCha20-Poly1305 over chunks of 64 KiB, each readable by itself.

A chunk's nonce is its number and whether it is the last one, so chunks can neither be reordered nor cut off.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from affidavit.core.errors import AgeError

CHUNK_BYTES = 1 << 16
"""Plaintext bytes in every chunk but the last."""
TAG_BYTES = 16
_SEALED_BYTES = CHUNK_BYTES + TAG_BYTES
_RUN_CHUNKS = 16
"""Chunks that one read fetches at most, so that a long read needs little more memory than its result."""

Read = Callable[[int, int], bytes]
"""Returns the stored bytes from a start offset up to an end offset."""


def encrypt_chunks(payload_key: bytes, plaintext: bytes, *, before: bytes = b"") -> bytes:
    """The sealed chunks of the whole `plaintext`, joined, with `before` in front of them."""
    cipher = ChaCha20Poly1305(payload_key)
    view = memoryview(plaintext)
    last = _chunks(len(plaintext), CHUNK_BYTES) - 1
    file = _zeros(len(before) + len(plaintext) + (last + 1) * TAG_BYTES)
    with file.getbuffer() as target:
        target[: len(before)] = before
        for number in range(last + 1):
            at = len(before) + number * _SEALED_BYTES
            cipher.encrypt_into(
                _nonce(number, is_last=number == last),
                view[number * CHUNK_BYTES : (number + 1) * CHUNK_BYTES],
                None,
                target[at : at + _SEALED_BYTES],
            )
    return file.getvalue()


def decrypt_chunks(payload_key: bytes, sealed: bytes | memoryview) -> bytes:
    """The whole plaintext of the joined chunks `sealed`."""
    plain = _zeros(plain_size(len(sealed)))
    cipher = ChaCha20Poly1305(payload_key)
    view = memoryview(sealed)
    last = _chunks(len(sealed), _SEALED_BYTES) - 1
    with plain.getbuffer() as target:
        for number in range(last + 1):
            _open_into(
                target[number * CHUNK_BYTES : (number + 1) * CHUNK_BYTES],
                cipher,
                number,
                view[number * _SEALED_BYTES : (number + 1) * _SEALED_BYTES],
                is_last=number == last,
            )
    return plain.getvalue()


def plain_size(sealed_bytes: int) -> int:
    """How many plaintext bytes `sealed_bytes` of chunks hold; AgeError where no payload has that length."""
    chunks = _chunks(sealed_bytes, _SEALED_BYTES)
    plain_bytes = sealed_bytes - chunks * TAG_BYTES
    if plain_bytes < (chunks - 1) * CHUNK_BYTES + (chunks > 1):
        raise AgeError("the payload ends inside a chunk or with an empty one", code="age-payload")
    return plain_bytes


class ChunkReader:
    """Plaintext at random access, decrypting only the chunks that a read touches.

    Made only once the last chunk has been authenticated, so `size_bytes` and thus the absence of truncation
    are certain from the start. Safe to share between threads as far as `read` is.
    """

    def __init__(self, payload_key: bytes, read: Read, *, start: int, end: int) -> None:
        self.size_bytes = plain_size(end - start)
        """Length of the plaintext."""
        self._cipher = ChaCha20Poly1305(payload_key)
        self._read = read
        self._start = start
        self._end = end
        self._last = _chunks(end - start, _SEALED_BYTES) - 1
        self._tail = self._open_chunk(self._last, self._fetch(self._last, self._last))
        self._recent = (self._last, self._tail)  # small reads in a row mostly stay within one chunk

    def read(self, start: int, end: int) -> bytes:
        """The plaintext from `start` up to `end`, cut at its ends as a slice would be."""
        start, end = max(start, 0), min(end, self.size_bytes)
        if start >= end:
            return b""
        first, last = start // CHUNK_BYTES, (end - 1) // CHUNK_BYTES
        if first == last:
            offset = first * CHUNK_BYTES
            return self._one_chunk(first)[start - offset : end - offset]
        plain = _zeros(end - start)
        with plain.getbuffer() as target:
            for run in range(first, last + 1, _RUN_CHUNKS):
                self._fill(target, run, min(run + _RUN_CHUNKS - 1, last), start=start, end=end)
        return plain.getvalue()

    def _fill(self, target: memoryview, first: int, last: int, *, start: int, end: int) -> None:
        """Put what the chunks from `first` to `last` hold of `start` to `end` into its place in `target`."""
        sealed = self._fetch(first, last) if first < self._last else memoryview(b"")
        for number in range(first, last + 1):
            chunk_start = number * CHUNK_BYTES
            piece_start, piece_end = max(start, chunk_start), min(end, chunk_start + CHUNK_BYTES)
            piece = target[piece_start - start : piece_end - start]
            chunk = sealed[(number - first) * _SEALED_BYTES : (number - first + 1) * _SEALED_BYTES]
            if number == self._last:
                piece[:] = self._tail[: len(piece)]
            elif len(piece) == CHUNK_BYTES:
                _open_into(piece, self._cipher, number, chunk, is_last=False)
            else:
                opened = self._open_chunk(number, chunk)
                piece[:] = opened[piece_start - chunk_start : piece_end - chunk_start]
                self._recent = (number, opened)

    def _one_chunk(self, number: int) -> bytes:
        """The plaintext of one chunk, kept for the read after it."""
        if number == self._last:
            return self._tail
        recent, plain = self._recent
        if number != recent:
            plain = self._open_chunk(number, self._fetch(number, number))
            self._recent = (number, plain)
        return plain

    def _fetch(self, first: int, last: int) -> memoryview:
        """The sealed chunks from `first` to `last`, in one read; the tail only where it is asked alone."""
        begin = self._start + first * _SEALED_BYTES
        end = self._end if first == self._last else self._start + min(last + 1, self._last) * _SEALED_BYTES
        sealed = memoryview(self._read(begin, end))
        if len(sealed) != end - begin:
            raise AgeError("the file is shorter than it was said to be", code="age-payload")
        return sealed

    def _open_chunk(self, number: int, sealed: memoryview) -> bytes:
        try:
            return self._cipher.decrypt(_nonce(number, is_last=number == self._last), sealed, None)
        except InvalidTag as error:
            raise _altered(number, is_last=number == self._last) from error


def _chunks(total_bytes: int, chunk_bytes: int) -> int:
    return max(1, -(-total_bytes // chunk_bytes))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return (number << 8 | is_last).to_bytes(12, "big")


def _zeros(count: int) -> BytesIO:
    """A buffer whose value, once filled in place, is had without a copy: half the time of joining chunks."""
    return BytesIO(bytes(count))


def _open_into(
    target: memoryview, cipher: ChaCha20Poly1305, number: int, sealed: memoryview, *, is_last: bool
) -> None:
    try:
        cipher.decrypt_into(_nonce(number, is_last=is_last), sealed, None, target)
    except InvalidTag as error:
        raise _altered(number, is_last=is_last) from error


def _altered(number: int, *, is_last: bool) -> AgeError:
    where = "the last chunk" if is_last else f"chunk {number}"
    return AgeError(f"{where} of the payload was altered, moved or cut", code="age-payload")
