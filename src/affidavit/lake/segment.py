"""What goes into the lake and what comes out of it, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from affidavit.formats.record.columns import Columns


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Sealed records in the order of their indexes, one list a field, all of the same length.

    Record ids and salts have 16 bytes each; an empty part is absent. `sealed_us` is one moment for all.
    """

    first_index: int
    records: Sequence[bytes]
    salts: Sequence[bytes]
    kinds: Sequence[str]
    sources: Sequence[str]
    classes: Sequence[int]
    mappers: Sequence[str]
    seqs: Sequence[int]
    received_us: Sequence[int]
    sealed_us: int
    batches: Sequence[str]
    facts: Sequence[bytes]
    actor: Sequence[bytes]
    target: Sequence[bytes]
    detail: Sequence[bytes]
    raw: Sequence[bytes]
    columns: Sequence[Columns]

    def __len__(self) -> int:
        return len(self.records)


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


class Cursor(msgspec.Struct, frozen=True, gc=False):
    """Where a page of results ends: the time and index of its last row."""

    time_us: int
    index: int


class Page(NamedTuple):
    """Some results, newest first; `next` is where the rest begins, None where there is no more."""

    rows: list[Row]
    next: Cursor | None
