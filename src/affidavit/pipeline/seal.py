"""From the spool to a published checkpoint: one committed step at a time, a single writer a log.

The order of a step (ARCHITECTURE.md): lake rows durable; tiles durable; root recomputed from what was
stored; head, sequences, receipts and quarantine moved in one transaction; checkpoint published. A crash
anywhere is replayed from the spool, whose chunks hold ids and salts already, so nothing is lost or doubled.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Protocol

import msgspec

from affidavit.core.errors import ConfigurationError, NotFoundError, VerificationError
from affidavit.core.ids import BatchId, SourceName
from affidavit.formats.age.file import encrypt
from affidavit.formats.tlog.checkpoint import Checkpoint, parse_checkpoint
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.tree import Frontier
from affidavit.intake.quarantined import QuarantinedLine, add_quarantined
from affidavit.intake.spool import Position
from affidavit.lake.prepared import Prepared
from affidavit.ledger.heads import Head, Heads
from affidavit.ledger.outbox import announced, take_out
from affidavit.ledger.receipts import put_receipts
from affidavit.ledger.sequences import advance_seqs, next_seqs
from affidavit.native.leaves import leaves_of
from affidavit.pipeline.gather import Gathering
from affidavit.pipeline.handover import Handovers
from affidavit.pipeline.own import chunk_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from affidavit.core.clock import Clock
    from affidavit.core.ids import Tenant
    from affidavit.formats.age.x25519 import X25519Recipient
    from affidavit.formats.tlog.tiles import Tile
    from affidavit.intake.frames import Chunk
    from affidavit.intake.tail import Tail
    from affidavit.keys.custody import Custody
    from affidavit.lake.lake import Lake
    from affidavit.ledger.history import History
    from affidavit.ledger.log import Log
    from affidavit.ledger.outbox import OwnRecord
    from affidavit.pipeline.handover import Handover
    from affidavit.state.database import Database
    from affidavit.storage.interfaces import ObjectStore

_OWN_AT_ONCE = 256
_LOOK_S = 0.02
"""Between two looks at the spool while a commit goes on."""
QUARANTINE = "quarantine/"
"""Prefix of the encrypted objects that hold quarantined lines."""


class Publication(Protocol):
    """What shows checkpoints to readers."""

    def publish(self, checkpoint: bytes) -> None:
        """Readers get this one, or a newer one, once it may be shown; may return before."""
        ...

    def close(self) -> None:
        """Nothing more will be published; what waits gets a last chance."""
        ...


class Sealer:
    """Seals one tenant's spool."""

    def __init__(  # noqa: PLR0913 - the live objects that it joins
        self,
        tenant: Tenant,
        *,
        database: Database,
        store: ObjectStore,
        lake: Lake,
        log: Log,
        publication: Publication,
        history: History,
        custody: Custody,
        recipient: X25519Recipient,
        clock: Clock,
        max_records: int,
    ) -> None:
        self._tenant = tenant
        self._database = database
        self._store = store
        self._lake = lake
        self._log = log
        self._publication = publication
        self._custody = custody
        self._recipient = recipient
        self._clock = clock
        self._max_records = max_records
        self._heads = Heads(database)
        self._handovers = Handovers(tenant, database=database, custody=custody, history=history)
        self.head = self._recovered()
        self._frontier = log.frontier(self.head.size) if self.head.size else Frontier.empty()
        if self._frontier.root() != self.head.root:
            raise VerificationError(
                f"the stored tiles of size {self.head.size} do not have the root of the head",
                code="root-differs",
            )
        with database.read() as connection:
            self._next_seqs = next_seqs(connection, tenant)
        self.next_index = self.head.size
        """Of the next record, those that are being committed counted."""
        self._worker = ThreadPoolExecutor(1, "commit")
        self._committing: Future[None] | None = None

    @property
    def position(self) -> Position:
        """Where in the spool the first unsealed chunk begins."""
        return Position(self.head.spool_segment, self.head.spool_offset)

    def step(self, tail: Tail) -> int:
        """Seal what the spool and the outbox have, at most about `max_records`; how many chunks it was."""
        count = self.step_ahead(tail)
        self.finish()
        return count

    def step_ahead(self, tail: Tail) -> int:
        """As `step`, but the commit goes on while the caller gathers the next step: disk and core both work.

        Commits follow one another in order. An error of the one before is raised here; then nothing of this
        step is sealed, and only a new Sealer, which recovers, may go on.
        """
        gathering = Gathering(first_index=self.next_index, next_seqs=self._next_seqs)
        refused: list[Chunk] = []
        count = 0
        for chunk in self._chunks(tail):
            gathering.add(chunk)
            count += 1
            if chunk.quarantine:
                refused.append(chunk)
        self.finish()
        announced_ = self._announced()  # only now: the commit that has just ended took out what it sealed
        own, handover = self._handovers.cut(announced_)
        for record in own:
            gathering.add(chunk_of(self._tenant, record))
        count += len(own)
        emptied = tail.position.segment > self.head.spool_segment  # by then it can be forgotten
        if count or emptied:
            self.next_index = gathering.next_index
            self._next_seqs |= gathering.moved
            self._committing = self._worker.submit(
                self._commit, gathering, refused, own, handover, tail, tail.position
            )
        return count

    def _chunks(self, tail: Tail) -> Iterator[Chunk]:
        """What is spooled, also while the commit before goes on: what comes meanwhile has not to wait for the next."""
        load = 0
        while load < self._max_records:
            for chunk in tail.chunks(most_records=self._max_records - load):
                load += chunk.load
                yield chunk
            if self._committing is None or self._committing.done():
                return
            wait([self._committing], timeout=_LOOK_S)

    def _announced(self) -> list[OwnRecord]:
        with self._database.read() as connection:
            return announced(connection, self._tenant, limit=_OWN_AT_ONCE)

    def finish(self) -> None:
        """Wait for the commit that is going on; raises its error."""
        committing, self._committing = self._committing, None
        if committing is not None:
            committing.result()

    def close(self) -> None:
        """End publication and the commits; whatever is not published yet is durable."""
        self._publication.close()
        self._worker.shutdown()

    def _commit(  # noqa: PLR0913 - everything that becomes true at once
        self,
        gathering: Gathering,
        refused: Sequence[Chunk],
        own: Sequence[OwnRecord],
        handover: Handover | None,
        tail: Tail,
        end: Position,
    ) -> None:
        sealed_us = self._clock.now_us()
        head = self.head
        superseded: list[Tile] = []
        size, root, checkpoint = head.size, head.root, head.checkpoint
        frontier = self._frontier
        if len(gathering):
            rows = Prepared(gathering.segment(sealed_us=sealed_us))
            leaves = b"".join(map(leaves_of, rows.sealed()))
            self._lake.append(rows)
            frontier, root, superseded = self._log.grow(frontier, leaves)
            size = frontier.size
            checkpoint = self._signed(size, root, sealed_us, handover)
        lines = self._quarantine(refused)
        moved = Head(
            size=size,
            root=root,
            spool_segment=end.segment,
            spool_offset=end.offset,
            checkpoint=checkpoint,
            moved_us=sealed_us,
        )
        with self._database.transaction() as connection:
            self._heads.advance(connection, self._tenant, expected_size=head.size, head=moved)
            advance_seqs(connection, self._tenant, next_seqs=gathering.moved)
            put_receipts(connection, self._tenant, batches=gathering.receipts())
            add_quarantined(connection, self._tenant, lines=lines)
            take_out(connection, self._tenant, own)
        self.head, self._frontier = moved, frontier
        if len(gathering):
            self._publication.publish(checkpoint.encode())
            self._log.forget_partials(superseded)
        if handover is not None:
            self._handovers.complete(handover, size=size, checkpoint=checkpoint.encode())
        tail.forget(end)

    def _signed(self, size: int, root: bytes, now_us: int, handover: Handover | None = None) -> str:
        keys = self._custody.current
        checkpoint = Checkpoint(origin=keys.origin, size=size, root=root)
        following = None if handover is None else handover.keys
        return keys.sign(checkpoint, time_s=now_us // 1_000_000, with_=following).decode()

    def _quarantine(self, chunks: Sequence[Chunk]) -> list[QuarantinedLine]:
        """Keep the refused lines' bytes, encrypted; their list goes with the head."""
        lines = []
        objects = []
        for chunk in chunks:
            name = f"{QUARANTINE}{chunk.batch}/{chunk.number:06}.age"
            sizes: dict[str, int] = {}
            for piece in chunk.quarantine:
                sizes[piece.id] = sizes.get(piece.id, 0) + len(piece.data)
            firsts = {piece.id: piece for piece in reversed(chunk.quarantine)}
            lines += [
                QuarantinedLine(
                    id=id_,
                    source=SourceName(chunk.source),
                    batch=BatchId(chunk.batch),
                    line=firsts[id_].line,
                    byte=firsts[id_].byte,
                    size_bytes=size,
                    code=firsts[id_].code,
                    reason=firsts[id_].reason,
                    received_us=chunk.received_us,
                    object=name,
                    item=at,
                )
                for at, (id_, size) in enumerate(sizes.items())
            ]
            pieces = [(piece.id, piece.data) for piece in chunk.quarantine]
            objects.append((name, encrypt(msgspec.msgpack.encode(pieces), [self._recipient])))
        self._store.put_many(objects)
        return lines

    def _recovered(self) -> Head:
        """The head to go on from; what was written above it and never counted is dropped."""
        head = self._heads.get(self._tenant)
        published = self._published()
        if head is None:
            if published is not None:
                raise ConfigurationError(
                    "the log has a published checkpoint but the state database knows no head",
                    hint="Restore the state database together with the data directory.",
                )
            head = self._first_head()
        if published is not None and published.size > head.size:
            raise VerificationError(
                f"a checkpoint of size {published.size} was published, but the head is at {head.size}: "
                "the state database was rolled back",
                code="rolled-back",
                hint="Restore the newest state database; going on would contradict what was published.",
            )
        self._lake.truncate(head.size)
        self._log.truncate(head.size)
        if published is None or published.size < head.size:
            self._publication.publish(head.checkpoint.encode())
        self._handovers.recover(head, lambda index: self._lake.rows(index, index + 1)[0].raw)
        return head

    def _published(self) -> Checkpoint | None:
        try:
            return parse_checkpoint(parse_note(self._log.checkpoint()).text)
        except NotFoundError:
            return None

    def _first_head(self) -> Head:
        now_us = self._clock.now_us()
        root = Frontier.empty().root()
        head = Head(
            size=0,
            root=root,
            spool_segment=0,
            spool_offset=0,
            checkpoint=self._signed(0, root, now_us),
            moved_us=now_us,
        )
        with self._database.transaction() as connection:
            self._heads.advance(connection, self._tenant, expected_size=0, head=head)
        return head
