"""The payload of an age file: ChaCha20-Poly1305 over chunks of 64 KiB, each readable by itself.

A chunk's nonce is its number and whether it is the last one, so chunks can neither be reordered nor cut off.
"""

from __future__ import annotations

from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from affidavit.core.errors import AgeError

CHUNK_BYTES = 1 << 16
"""Plaintext bytes in every chunk but the last."""
TAG_BYTES = 16
_SEALED_BYTES = CHUNK_BYTES + TAG_BYTES

Read = Callable[[int, int], bytes]
"""Returns the stored bytes from a start offset up to an end offset."""


def encrypt_chunks(payload_key: bytes, plaintext: bytes) -> list[bytes]:
    """The sealed chunks of the whole `plaintext`, in order."""
    seal = ChaCha20Poly1305(payload_key).encrypt
    view = memoryview(plaintext)
    last = _chunks(len(plaintext), CHUNK_BYTES) - 1
    sealed = [
        seal(_nonce(number, is_last=False), view[number * CHUNK_BYTES : (number + 1) * CHUNK_BYTES], None)
        for number in range(last)
    ]
    sealed.append(seal(_nonce(last, is_last=True), view[last * CHUNK_BYTES :], None))
    return sealed


def decrypt_chunks(payload_key: bytes, sealed: bytes | memoryview) -> bytes:
    """The whole plaintext of the joined chunks `sealed`."""
    plain_size(len(sealed))
    open_ = ChaCha20Poly1305(payload_key)
    view = memoryview(sealed)
    last = _chunks(len(sealed), _SEALED_BYTES) - 1
    return b"".join(
        _open(
            open_, number, view[number * _SEALED_BYTES : (number + 1) * _SEALED_BYTES], is_last=number == last
        )
        for number in range(last + 1)
    )


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
        self._tail = b"".join(self._open_run(self._last, self._last))
        self._recent = (self._last, self._tail)  # small reads in a row mostly stay within one chunk

    def read(self, start: int, end: int) -> bytes:
        """The plaintext from `start` up to `end`, cut at its ends as a slice would be."""
        start, end = max(start, 0), min(end, self.size_bytes)
        if start >= end:
            return b""
        first, last = start // CHUNK_BYTES, (end - 1) // CHUNK_BYTES
        number, chunk = self._recent
        if first == last == number:
            plain = chunk
        elif first == last == self._last:
            plain = self._tail
        elif last == self._last:
            plain = b"".join((*self._open_run(first, last - 1), self._tail))
        else:
            chunks = self._open_run(first, last)
            self._recent = (last, chunks[-1])
            plain = chunks[0] if first == last else b"".join(chunks)
        offset = first * CHUNK_BYTES
        return plain[start - offset : end - offset]

    def _open_run(self, first: int, last: int) -> list[bytes]:
        """The plaintext of the chunks from `first` to `last`, fetched in one read."""
        begin = self._start + first * _SEALED_BYTES
        end = min(self._start + (last + 1) * _SEALED_BYTES, self._end)
        sealed = memoryview(self._read(begin, end))
        if len(sealed) != end - begin:
            raise AgeError("the file is shorter than it was said to be", code="age-payload")
        return [
            _open(
                self._cipher,
                number,
                sealed[(number - first) * _SEALED_BYTES : (number - first + 1) * _SEALED_BYTES],
                is_last=number == self._last,
            )
            for number in range(first, last + 1)
        ]


def _chunks(total_bytes: int, chunk_bytes: int) -> int:
    return max(1, -(-total_bytes // chunk_bytes))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return (number << 8 | is_last).to_bytes(12, "big")


def _open(cipher: ChaCha20Poly1305, number: int, sealed: memoryview, *, is_last: bool) -> bytes:
    try:
        return cipher.decrypt(_nonce(number, is_last=is_last), sealed, None)
    except InvalidTag as error:
        where = "the last chunk" if is_last else f"chunk {number}"
        raise AgeError(f"{where} of the payload was altered, moved or cut", code="age-payload") from error
