"""Events divided into their parts many at a time: the reference, in Python."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from affidavit.formats.record.parts import LINE_FEED, constant, cut, encode_into, not_compact

if TYPE_CHECKING:
    from affidavit.formats.ocsf.event import Event


class Undivided:
    """Events that are encoded but not divided yet, in columns."""

    __slots__ = ("constants", "encoded", "offsets", "raws")

    def __init__(self, room: bytearray) -> None:
        """`room` is overwritten, and grows with what is encoded into it."""
        self.encoded = room
        """The events one behind another; what lies behind the last offset is none of them."""
        self.offsets = [0]
        """Where each begins, and where the last ends."""
        self.constants: list[bytes] = []
        """What the facts begin with, as formats.record.parts.constant says."""
        self.raws: list[bytes] = []

    def add(self, event: Event, raw: bytes) -> None:
        """One more event, whose original is `raw`; nothing is added of one that cannot be encoded.

        RecordError where its JSON holds a line feed, as formats.record.parts.compact says.
        """
        encoded, start = self.encoded, self.offsets[-1]
        encode_into(event, encoded, start)
        if encoded.find(LINE_FEED, start) >= 0:
            raise not_compact()
        self.constants.append(constant(event))
        self.offsets.append(len(encoded))
        self.raws.append(raw)


def divide(events: Undivided, parts: bytearray) -> list[int]:
    """Append the parts of each to `parts` as they are stored (docs/spec/lake.md); returns how many bytes each has."""
    encoded = (bytes(events.encoded[start:end]) for start, end in pairwise(events.offsets))
    values = list(map(in_one, encoded, events.constants, events.raws))
    parts += b"".join(values)
    return list(map(len, values))


def in_one(encoded: bytes, known: bytes, raw: bytes) -> bytes:
    """The parts of one encoded event in the order of PART_ORDER, a line feed between any two."""
    facts, *others = cut(encoded)
    first = (b"{%b}" % part if part else b"" for part in others)
    return b"\n".join((*first, b"{%b,%b}" % (known, facts), raw))
