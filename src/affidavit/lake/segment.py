"""What goes into the lake and what comes out of it, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Buffer


@dataclass(frozen=True, kw_only=True)
class Run:
    """Records that follow one another in the log and in their source, and came in together."""

    ids: Buffer
    """16 bytes a record."""
    salts: Buffer
    """16 bytes a record."""
    kind: str
    source: str
    mapper: str
    batch: str
    received_us: int
    first_seq: int
    classes: Sequence[int]
    parts: Buffer
    """Of each record the parts in PART_ORDER, a line feed between any two; joined."""
    lengths: Sequence[int]
    """Bytes of `parts` that each record has."""

    def __len__(self) -> int:
        return len(self.classes)


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Sealed records in the order of their indexes. `sealed_us` is one moment for all."""

    first_index: int
    sealed_us: int
    runs: Sequence[Run]

    def __len__(self) -> int:
        return sum(map(len, self.runs))


class Row(msgspec.Struct, frozen=True, gc=False):
    """One record as the lake holds it; an absent part is empty, an erased salt None."""

    index: int
    record: bytes
    salt: bytes | None
    kind: str
    source: str
    class_uid: int
    mapper: str
    seq: int
    received_us: int
    sealed_us: int
    batch: str
    facts: bytes
    actor: bytes
    target: bytes
    detail: bytes
    raw: bytes
    time_us: int


class Found(msgspec.Struct, frozen=True, gc=False):
    """What a search shows of a record; an absent part is empty."""

    index: int
    record: bytes
    kind: str
    source: str
    received_us: int
    actor: bytes
    target: bytes
    detail: bytes
    facts: bytes
    raw: bytes


class Cursor(msgspec.Struct, frozen=True, gc=False):
    """Where a page of results ends: the time and index of its last row."""

    time_us: int
    index: int


class Page(NamedTuple):
    """Some results, newest first; `next` is where the rest begins, None where there is no more."""

    rows: list[Found]
    next: Cursor | None
