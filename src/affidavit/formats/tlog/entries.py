"""Entry bundles: up to 256 log entries in one byte string, each behind its length (C2SP tlog-tiles)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.core.errors import LogFormatError
from affidavit.formats.tlog.tiles import TILE_WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_ENTRY_BYTES = 2**16 - 1
"""The longest entry that a bundle can carry."""
_LENGTH_BYTES = 2


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Each entry behind its length as two bytes, big-endian; LogFormatError for too many or too long ones."""
    pieces = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise LogFormatError(f"an entry of {len(entry)} bytes exceeds {MAX_ENTRY_BYTES}")
        pieces.append(len(entry).to_bytes(_LENGTH_BYTES, "big"))
        pieces.append(entry)
    if len(pieces) > 2 * TILE_WIDTH:
        raise LogFormatError(f"{len(pieces) // 2} entries exceed a bundle of {TILE_WIDTH}")
    return b"".join(pieces)


def decode_bundle(data: bytes, *, width: int) -> list[bytes]:
    """The `width` entries of a bundle; LogFormatError where it holds any other number or ends inside one."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise LogFormatError(f"the bundle ends inside entry {len(entries)}")
        entries.append(data[start:at])
        if len(entries) > width:
            break
    if len(entries) != width:
        raise LogFormatError(f"the bundle does not hold {width} entries")
    return entries
