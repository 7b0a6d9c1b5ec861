r"""Disclosed and withheld parts of records, a record after another (docs/spec/bundle.md, Records).

A record is two lines: its head, then the bytes of the disclosed parts, joined. A part is `=<digest>` or
`<salt>+<length>`.

    <index> <actor> <detail> <facts> <raw> <target> LF
    <bytes> LF
"""

from __future__ import annotations

import re
from binascii import unhexlify
from typing import TYPE_CHECKING, NamedTuple

from affidavit.core.errors import BundleError
from affidavit.formats.record.seal import NAMES, SALT_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PART = rb" (?:=([0-9a-f]{64})|([0-9a-f]{32})\+(0|[1-9][0-9]{0,9}))"
_HEAD = re.compile(rb"(0|[1-9][0-9]{0,15})" + _PART * len(NAMES))
MAX_HEAD_BYTES = 1024
MAX_RECORD_BYTES = 256 << 20
"""Of the parts of one record; nothing longer is taken in."""
ACTOR, FACTS, RAW, TARGET = map(NAMES.index, ("actor", "facts", "raw", "target"))
NO_SALT = bytes(SALT_BYTES)


class Shown(NamedTuple):
    """A part with what opens its digest."""

    salt: bytes
    data: bytes


class Withheld(NamedTuple):
    """A part of which only the digest is told."""

    d: bytes
    """d(name) of docs/spec/record.md."""


Part = Shown | Withheld


class BundledRecord(NamedTuple):
    """The five parts of one record, in the order of NAMES."""

    at: int
    """Its index in the log."""
    parts: tuple[Part, ...]


def encode_record(record: BundledRecord) -> bytes:
    """The record as it stands in the member."""
    head = str(record.at)
    bodies = []
    for part in record.parts:
        if isinstance(part, Shown):
            head += f" {part.salt.hex()}+{len(part.data)}"
            bodies.append(part.data)
        else:
            head += f" ={part.d.hex()}"
    return b"".join((head.encode(), b"\n", *bodies, b"\n"))


def decode_records(chunks: Iterable[bytes]) -> Iterator[BundledRecord]:
    """The records of a member that comes piece by piece; BundleError, code `records-format`, for other bytes."""
    source = _Source(chunks)
    while (line := source.line()) is not None:
        match = _HEAD.fullmatch(line)
        if match is None:
            raise _broken(f"no record begins with {line[:60]!a}")
        index, *fields = match.groups()
        lengths = [0 if length is None else int(length) for length in fields[2::3]]
        if sum(lengths) > MAX_RECORD_BYTES:
            raise _broken(f"record {index.decode()} would have more than {MAX_RECORD_BYTES} bytes")
        body = source.take(sum(lengths) + 1)
        if body[-1:] != b"\n":
            raise _broken(f"record {index.decode()} does not end where it says")
        yield BundledRecord(int(index), _parts(fields, lengths, body))


class _Source:
    """Lines and lengths from pieces; holds little more than what was asked for."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._held = b""
        self._at = 0

    def line(self) -> bytes | None:
        """The bytes up to the next line feed, which is passed over; None at the end."""
        while (cut := self._held.find(b"\n", self._at)) == -1:
            if len(self._held) - self._at > MAX_HEAD_BYTES:
                raise _broken("a record's first line is too long")
            more = next(self._chunks, None)
            if more is None:
                if self._at < len(self._held):
                    raise _broken("the records end within a line")
                return None
            self._held, self._at = self._held[self._at :] + more, 0
        line = self._held[self._at : cut]
        self._at = cut + 1
        return line

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        pieces = [self._held[self._at : self._at + count]]
        left = count - len(pieces[0])
        self._at += len(pieces[0])
        while left:
            more = next(self._chunks, None)
            if more is None:
                raise _broken("the records end within a record")
            pieces.append(more[:left])
            self._held, self._at = more, len(pieces[-1])
            left -= len(pieces[-1])
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _parts(fields: list[bytes | None], lengths: list[int], body: bytes) -> tuple[Part, ...]:
    parts: list[Part] = []
    start = 0
    for digest, salt, length in zip(fields[::3], fields[1::3], lengths, strict=True):
        if salt is None:
            parts.append(Withheld(unhexlify(digest or b"")))
            continue
        parts.append(Shown(unhexlify(salt), body[start : start + length]))
        start += length
    return tuple(parts)


def _broken(what: str) -> BundleError:
    return BundleError(what, code="records-format")
