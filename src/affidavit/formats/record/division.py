"""Events divided into their parts many at a time: the reference, in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.record.parts import compact, constant, cut

if TYPE_CHECKING:
    from affidavit.formats.ocsf.event import Event


class Undivided:
    """Events that are encoded but not divided yet, in columns."""

    __slots__ = ("constants", "encoded", "raws")

    def __init__(self) -> None:
        self.encoded: list[bytes] = []
        self.constants: list[bytes] = []
        """What the facts begin with, as formats.record.parts.constant says."""
        self.raws: list[bytes] = []

    def add(self, event: Event, raw: bytes) -> None:
        """One more event, whose original is `raw`; nothing is added of one that cannot be encoded."""
        encoded, known = compact(event), constant(event)
        self.encoded.append(encoded)
        self.constants.append(known)
        self.raws.append(raw)


def divide(events: Undivided, parts: bytearray) -> list[int]:
    """Append the parts of each to `parts` as they are stored (docs/spec/lake.md); returns how many bytes each has."""
    values = list(map(in_one, events.encoded, events.constants, events.raws))
    parts += b"".join(values)
    return list(map(len, values))


def in_one(encoded: bytes, known: bytes, raw: bytes) -> bytes:
    """The parts of one encoded event in the order of PART_ORDER, a line feed between any two."""
    facts, *others = cut(encoded)
    first = (b"{%b}" % part if part else b"" for part in others)
    return b"\n".join((*first, b"{%b,%b}" % (known, facts), raw))
