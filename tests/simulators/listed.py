"""A segment of single records, one list a field, so that a test can set any field of any record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.formats.record.parts import Parts, join_parts
from affidavit.lake.segment import Run, Segment

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class Listed:
    """Stands where a Segment does: each record is a run of its own."""

    first_index: int
    sealed_us: int
    records: Sequence[bytes]
    salts: Sequence[bytes]
    kinds: Sequence[str]
    sources: Sequence[str]
    classes: Sequence[int]
    mappers: Sequence[str]
    seqs: Sequence[int]
    received_us: Sequence[int]
    batches: Sequence[str]
    facts: Sequence[bytes]
    actor: Sequence[bytes]
    target: Sequence[bytes]
    detail: Sequence[bytes]
    raw: Sequence[bytes]

    def __len__(self) -> int:
        return len(self.records)

    @property
    def runs(self) -> Sequence[Run]:
        """The records; RecordError where their parts cannot be joined."""
        return [self._run(at) for at in range(len(self))]

    @property
    def segment(self) -> Segment:
        """The same for whoever is strict about it."""
        return Segment(first_index=self.first_index, sealed_us=self.sealed_us, runs=self.runs)

    def _run(self, at: int) -> Run:
        parts = Parts(self.actor[at], self.detail[at], self.facts[at], self.raw[at], self.target[at])
        joined = join_parts(parts)
        return Run(
            ids=self.records[at],
            salts=self.salts[at],
            kind=self.kinds[at],
            source=self.sources[at],
            mapper=self.mappers[at],
            batch=self.batches[at],
            received_us=self.received_us[at],
            first_seq=self.seqs[at],
            classes=[self.classes[at]],
            parts=joined,
            lengths=[len(joined)],
        )
