"""A spool over any journals that can be stopped, crashed and started again, and batches to put into it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from affidavit.core.ids import new_uuid7
from affidavit.formats.age.x25519 import X25519Identity
from affidavit.intake.frames import Chunk, Quarantined, Receipt, packed
from affidavit.intake.recovery import recover
from affidavit.intake.spool import BEGINNING, Position, Spool
from affidavit.intake.tail import Tail
from affidavit.storage.mark import LocalMark

if TYPE_CHECKING:
    from concurrent.futures import Future

    from affidavit.intake.recovery import Recovered
    from affidavit.storage.interfaces import JournalStore

IDENTITY = X25519Identity.generate()
PATIENCE_S = 20
_BATCHES = itertools.count()
_NOW_US = 1_760_000_000_000_000


def chunk(
    records: int = 1,
    *,
    source: str = "okta",
    batch: str | None = None,
    number: int = 0,
    total: int | None = None,
    closing: bool = True,
    key: str | None = None,
    quarantine: tuple[Quarantined, ...] = (),
    padding: bytes = b"",
) -> Chunk:
    """A chunk whose raw parts tell which record of which batch each is; `total` counts all of the batch's."""
    name = batch or new_uuid7(_NOW_US + 1000 * next(_BATCHES))
    accepted = records if total is None else total
    parts, lengths = packed(
        [b"\n\n\n{}\n%s/%d/%d%s" % (name.encode(), number, at, padding) for at in range(records)]
    )
    return Chunk(
        tenant="default",
        source=source,
        batch=name,
        mapper="test/1",
        number=number,
        received_us=_NOW_US,
        kind="event",
        ids=bytes(16 * records),
        salts=bytes(16 * records),
        classes=[3002] * records,
        parts=parts,
        lengths=lengths,
        quarantine=list(quarantine),
        receipt=Receipt(batch=name, accepted=accepted, quarantined=len(quarantine), idempotency_key=key)
        if closing
        else None,
    )


@dataclass
class SpoolRig:
    """What outlives the process that writes a spool: the journals, the mark, and what was sealed."""

    journal: JournalStore
    mark: LocalMark = field(default_factory=LocalMark)
    sealed: Position = BEGINNING
    sealed_seqs: dict[tuple[str, str], int] = field(default_factory=dict)
    spool: Spool | None = None
    recovered: Recovered | None = None

    def recover(self) -> Recovered:
        """What the next writer does first."""
        self.recovered = recover(
            self.journal,
            [IDENTITY],
            sealed=self.sealed,
            next_seqs=self.sealed_seqs,
            durable=Position.unpacked(self.mark.get()),
        )
        return self.recovered

    def start(self) -> Spool:
        """A new writer, after whatever became of the last one."""
        found = self.recover()
        self.spool = Spool(
            self.journal,
            IDENTITY.recipient,
            durable=self.mark,
            first_segment=found.next_segment,
            next_seqs=found.next_seqs,
        )
        return self.spool

    def stop(self) -> None:
        """The writer ends in order."""
        if self.spool is not None:
            self.spool.close()
            self.spool = None

    def put(self, *, records: int = 1, source: str = "okta", key: str | None = None) -> Receipt:
        """One batch, acknowledged; or its error."""
        assert self.spool is not None
        return answer(self.spool.commit(chunk(records, source=source, key=key)))

    def tail(self) -> Tail:
        """A reader that begins where sealing goes on."""
        return Tail(self.journal, [IDENTITY], durable=self.mark, start=self.sealed)

    def chunks(self) -> list[Chunk]:
        """Everything that a reader finds."""
        return list(drained(self.tail()))

    def batches(self) -> list[str]:
        """Each batch that a reader finds, in order."""
        return [one.batch for one in self.chunks() if one.receipt is not None]


def drained(tail: Tail, *, most_records: int = 1000) -> list[Chunk]:
    """All that the tail gives now."""
    found: list[Chunk] = []
    while some := tail.read(most_records=most_records):
        found += some
    return found


def answer(future: Future[Receipt]) -> Receipt:
    """The receipt, soon, or the error."""
    return future.result(timeout=PATIENCE_S)
