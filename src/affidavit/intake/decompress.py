"""Bodies as they were before compression: identity, gzip and zstd, as streams of bounded memory.

Output comes in steps of at most a few MiB whatever the ratio, so a decompression bomb costs no more memory
than any other body and ends at the limit.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import zstandard

from affidavit.core.errors import BodyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STEP_BYTES = 1 << 20
"""The most that one step of gzip puts out."""

_GZIP_WINDOW = 31
_ZSTD_STEP_BYTES = 256
"""Compressed bytes a step. A block of 4 bytes may become 128 KiB, so 256 become at most 8 MiB."""


def decompressed(chunks: Iterable[bytes], encoding: str | None, *, limit_bytes: int) -> Iterator[bytes]:
    """The body's bytes, of which there may be `limit_bytes`, in pieces of any size but none empty.

    Raises BodyError after everything good has been yielded: `unsupported-encoding`, `bad-compression`
    where the stream is corrupt or ends early, `decompression-bomb` where it goes beyond the limit
    (`body-too-large` where it was not compressed).
    """
    name = (encoding or "identity").strip().lower()
    if name == "identity":
        return _limited(chunks, limit_bytes, "body-too-large")
    if name in ("gzip", "x-gzip"):
        return _limited(_gzip(chunks), limit_bytes, "decompression-bomb")
    if name == "zstd":
        return _limited(_zstd(chunks), limit_bytes, "decompression-bomb")
    raise BodyError(
        f"content encoding {name[:64]!r} is not read",
        code="unsupported-encoding",
        hint="Send gzip, zstd or no compression.",
    )


def _limited(chunks: Iterable[bytes], limit_bytes: int, code: str) -> Iterator[bytes]:
    left = limit_bytes
    for chunk in chunks:
        if len(chunk) > left:
            if left:
                yield chunk[:left]
            raise BodyError(
                f"the body is longer than {limit_bytes} bytes",
                code=code,
                hint="Send it as several smaller bodies.",
            )
        left -= len(chunk)
        if chunk:
            yield chunk


def _gzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """RFC 1952: members one after another; zero bytes may pad the end."""
    member = None
    for chunk in chunks:
        data = chunk
        while data:
            if member is None:
                data = data.lstrip(b"\0")
                if not data:
                    break
                member = zlib.decompressobj(_GZIP_WINDOW)
            yield from _step(member, data)
            if member.eof:
                data, member = member.unused_data, None
            else:
                data = member.unconsumed_tail
    if member is not None:
        raise BodyError("the gzip stream ends early", code="bad-compression")


def _step(member: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """What `data` adds; where a step is full, zlib may hold more, or leave some in unconsumed_tail."""
    try:
        output = member.decompress(data, STEP_BYTES)
        while output:
            yield output
            full = len(output) == STEP_BYTES and not member.unconsumed_tail and not member.eof
            output = member.decompress(b"", STEP_BYTES) if full else b""
    except zlib.error as error:
        raise BodyError(f"the gzip stream is corrupt: {error}", code="bad-compression") from error


def _zstd(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """RFC 8878: frames one after another."""
    frame = None
    for chunk in chunks:
        for at in range(0, len(chunk), _ZSTD_STEP_BYTES):
            data = chunk[at : at + _ZSTD_STEP_BYTES]
            while data:
                if frame is None:
                    frame = zstandard.ZstdDecompressor().decompressobj()
                try:
                    output = frame.decompress(data)
                except zstandard.ZstdError as error:
                    raise BodyError(f"the zstd stream is corrupt: {error}", code="bad-compression") from error
                if output:
                    yield output
                data = b""
                if frame.eof:
                    data, frame = frame.unused_data, None
    if frame is not None:
        raise BodyError("the zstd stream ends early", code="bad-compression")
