"""Chunks of the spool become one segment of the lake, a chunk at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.core.ids import BatchId, SourceName
from affidavit.lake.segment import Run, Segment
from affidavit.ledger.receipts import Receipt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from affidavit.intake.frames import Chunk


class Gathering:
    """Records on their way into one segment."""

    def __init__(self, *, first_index: int, next_seqs: Mapping[SourceName, int]) -> None:
        self.first_index = first_index
        self.next_index = first_index
        self.moved: dict[SourceName, int] = {}
        """The seq that follows for each source that occurs."""
        self._known = next_seqs
        self._runs: list[Run] = []
        self._closed: list[tuple[Chunk, int, int]] = []

    def add(self, chunk: Chunk) -> None:
        """The chunk's records follow those that are there."""
        count = chunk.count
        source = SourceName(chunk.source)
        seq = self.moved.get(source, self._known.get(source, 0))
        run = Run(
            ids=chunk.ids,
            salts=chunk.salts,
            kind=chunk.kind,
            source=chunk.source,
            mapper=chunk.mapper,
            batch=chunk.batch,
            received_us=chunk.received_us,
            first_seq=seq,
            classes=chunk.classes,
            parts=chunk.parts,
            lengths=chunk.lengths,
        )
        self._runs.append(run)
        self.moved[source] = seq + count
        self.next_index += count
        if chunk.receipt is not None:
            self._closed.append((chunk, seq + count, self.next_index))

    def __len__(self) -> int:
        return self.next_index - self.first_index

    def segment(self, *, sealed_us: int) -> Segment:
        """All of them, for the lake."""
        return Segment(first_index=self.first_index, sealed_us=sealed_us, runs=self._runs)

    def receipts(self) -> list[Receipt]:
        """Of the batches that end here."""
        return [
            _receipt(chunk, next_seq=next_seq, next_index=next_index, size=self.next_index)
            for chunk, next_seq, next_index in self._closed
        ]


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
