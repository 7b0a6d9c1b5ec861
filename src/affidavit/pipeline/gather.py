"""Chunks of the spool become one segment of the lake, a chunk at a time.

A chunk's query columns are derived as soon as it is decoded, while its megabytes are still in the processor's
cache.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

from affidavit.core.ids import BatchId, SourceName
from affidavit.formats.record.columns import Columns, derive
from affidavit.lake.segment import Segment
from affidavit.ledger.receipts import Receipt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from affidavit.intake.frames import Chunk

_ID_BYTES = 16


class Gathering:
    """Records on their way into one segment."""

    def __init__(self, *, first_index: int, next_seqs: Mapping[SourceName, int]) -> None:
        self.first_index = first_index
        self.next_index = first_index
        self.moved: dict[SourceName, int] = {}
        """The seq that follows for each source that occurs."""
        self._known = next_seqs
        self._columns: list[Columns] = []
        self._lists: dict[str, list[Any]] = {name: [] for name in _LISTS}
        self._closed: list[tuple[Chunk, int, int]] = []

    def add(self, chunk: Chunk) -> None:
        """The chunk's records follow those that are there."""
        count = chunk.count
        source = SourceName(chunk.source)
        seq = self.moved.get(source, self._known.get(source, 0))
        cuts = range(0, _ID_BYTES * count, _ID_BYTES)
        lists: dict[str, Any] = {
            "records": [chunk.ids[at : at + _ID_BYTES] for at in cuts],
            "salts": [chunk.salts[at : at + _ID_BYTES] for at in cuts],
            "kinds": [chunk.kind] * count,
            "sources": [chunk.source] * count,
            "classes": chunk.classes,
            "mappers": [chunk.mapper] * count,
            "seqs": range(seq, seq + count),
            "received_us": [chunk.received_us] * count,
            "facts": chunk.facts,
            "actor": chunk.actor,
            "target": chunk.target,
            "detail": chunk.detail,
            "raw": chunk.raw,
        }
        self._columns += map(derive, chunk.facts, chunk.actor, chunk.target)
        lists["batches"] = repeat(chunk.batch, count)
        for name in _LISTS:
            self._lists[name] += lists[name]
        self.moved[source] = seq + count
        self.next_index += count
        if chunk.receipt is not None:
            self._closed.append((chunk, seq + count, self.next_index))

    def __len__(self) -> int:
        return self.next_index - self.first_index

    def segment(self, *, sealed_us: int) -> Segment:
        """All of them, for the lake."""
        return Segment(
            first_index=self.first_index, sealed_us=sealed_us, columns=self._columns, **self._lists
        )

    def receipts(self) -> list[Receipt]:
        """Of the batches that end here."""
        return [
            _receipt(chunk, next_seq=next_seq, next_index=next_index, size=self.next_index)
            for chunk, next_seq, next_index in self._closed
        ]


_LISTS = (
    "records", "salts", "kinds", "sources", "classes", "mappers", "seqs", "received_us", "batches", "facts",
    "actor", "target", "detail", "raw",
)  # fmt: skip


def _receipt(chunk: Chunk, *, next_seq: int, next_index: int, size: int) -> Receipt:
    """A batch's records are consecutive in the log and in their source, so its ends follow from its length."""
    closing = chunk.receipt
    assert closing is not None  # noqa: S101 - the caller has looked
    accepted = closing.accepted
    return Receipt(
        batch=BatchId(chunk.batch),
        source=SourceName(chunk.source),
        idempotency_key=closing.idempotency_key,
        accepted=accepted,
        quarantined=closing.quarantined,
        received_us=chunk.received_us,
        first_seq=next_seq - accepted if accepted else None,
        last_seq=next_seq - 1 if accepted else None,
        first_index=next_index - accepted if accepted else None,
        last_index=next_index - 1 if accepted else None,
        checkpoint_size=size if accepted else None,
    )
