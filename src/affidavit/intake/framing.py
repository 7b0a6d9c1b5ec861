"""Lines out of a stream of bytes, each with where it began; memory is bounded whatever comes."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, ClassVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LINE_BYTES = 1 << 20
"""The longest line that is taken as one event."""

BLANK = b" \t\r\n"
"""What a line may consist of and be no event: the blanks of JSON. Any other byte is kept, if only in quarantine."""

BOM = b"\xef\xbb\xbf"


class Piece(msgspec.Struct, frozen=True, gc=False):
    """The original bytes of one event, without the separators around it."""

    code: ClassVar[None] = None

    data: bytes
    line: int
    """Where it begins in the body, counted from 1."""
    offset: int
    """The same in bytes, counted from 0, after decompression."""


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """Bytes that are no event, kept verbatim for quarantine; long ones come in several, in order."""

    data: bytes
    line: int
    offset: int
    code: str
    reason: str
    last: bool
    """Whether this ends what was refused."""


def rejected(  # noqa: PLR0913 - where, and why
    data: bytes,
    *,
    line: int,
    offset: int,
    code: str,
    reason: str,
    piece_bytes: int = LINE_BYTES,
    last: bool = True,
) -> Iterator[Rejected]:
    """`data` refused in pieces of at most `piece_bytes`; `last` says whether nothing more of it comes."""
    for at in range(0, len(data), piece_bytes):
        end = at + piece_bytes
        yield Rejected(data[at:end], line, offset + at, code, reason, last and end >= len(data))


def lines(  # noqa: PLR0913 - one loop, for speed; limits, and where it begins
    chunks: Iterable[bytes],
    *,
    line_bytes: int = LINE_BYTES,
    piece_bytes: int | None = None,
    code: str = "line-too-long",
    line: int = 1,
    offset: int = 0,
) -> Iterator[Piece | Rejected]:
    """Each line without its LF or CRLF; blank ones and a byte order mark at the start are skipped.

    A line longer than `line_bytes` is refused in pieces of at most `piece_bytes` (default: `line_bytes`)
    as it comes in. `line` and `offset` are the position at which `chunks` begins.
    """
    piece_bytes = piece_bytes or line_bytes
    reason = f"longer than {line_bytes} bytes"
    held = bytearray()
    overlong = False  # the beginning of the held line has been refused already
    mark_bytes, rest = strip_bom(chunks)
    offset += mark_bytes
    for chunk in rest:
        start, end = 0, chunk.find(b"\n")  # a split would look at every byte of the chunk by itself
        while end >= 0:
            part = chunk[start:end]
            if held:
                part = bytes(held + part)
                held.clear()
            data = part[:-1] if part[-1:] == b"\r" else part
            if len(data) > line_bytes or overlong:
                yield from rejected(
                    data, line=line, offset=offset, code=code, reason=reason, piece_bytes=piece_bytes
                )
                overlong = False
            elif data.strip(BLANK):
                yield Piece(data, line, offset)
            line += 1
            offset += len(part) + 1
            start = end + 1
            end = chunk.find(b"\n", start)
        held += memoryview(chunk)[start:]
        # Two bytes more are kept: the CR of a line that just fits, and one that is sure to remain for the
        # piece that ends the line.
        if len(held) > max(line_bytes, piece_bytes) + 2:
            kept_bytes = 2 + (len(held) - 2) % piece_bytes
            data = bytes(held[:-kept_bytes])
            yield from rejected(
                data,
                line=line,
                offset=offset,
                code=code,
                reason=reason,
                piece_bytes=piece_bytes,
                last=False,
            )
            offset += len(data)
            held, overlong = held[-kept_bytes:], True
    if held[-1:] == b"\r":
        del held[-1]
    data = bytes(held)
    if len(data) > line_bytes or overlong:
        yield from rejected(data, line=line, offset=offset, code=code, reason=reason, piece_bytes=piece_bytes)
    elif data.strip(BLANK):
        yield Piece(data, line, offset)


def strip_bom(chunks: Iterable[bytes]) -> tuple[int, Iterator[bytes]]:
    """(length of the byte order mark at the start, the chunks without it); reads the first few bytes."""
    start = b""
    rest = iter(chunks)
    for chunk in rest:
        start += chunk
        if len(start) >= len(BOM) or not BOM.startswith(start):
            break
    mark_bytes = len(BOM) if start.startswith(BOM) else 0
    start = start[mark_bytes:]
    return mark_bytes, chain((start,), rest) if start else rest
