"""The spool: where a batch becomes durable before it is acknowledged. One writer a data directory.

Concurrent batches share one fsync (group commit). A batch too large for memory is staged in a segment of its
own and joins the spool by a rename, so a batch is in the spool whole or not at all.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from affidavit.core.errors import AffidavitError, NotFoundError, OverloadedError, StorageError
from affidavit.intake.frames import Chunk, Receipt, numbered
from affidavit.intake.segment_format import FrameWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from affidavit.formats.age.recipient import Recipient
    from affidavit.intake.interfaces import Mark
    from affidavit.storage.interfaces import JournalFile, JournalStore

SEGMENT_BYTES = 64 * 1024 * 1024
"""A segment is closed when it has grown to this; a sealed segment is deleted whole."""
IDLE_S = 5.0
"""A segment that nothing was added to for so long is closed earlier, so that it can be deleted once it is sealed."""
_WORTH_BYTES = 1024 * 1024
_OFFSET_BITS = 40
_STAGED = "staged-"


class Position(NamedTuple):
    """A place in the spool: segment number and byte offset in it; totally ordered."""

    segment: int
    offset: int

    def packed(self) -> int:
        """As one number of 64 bits."""
        return self.segment << _OFFSET_BITS | self.offset

    @classmethod
    def unpacked(cls, number: int) -> Position:
        """The inverse of `packed`."""
        return cls(number >> _OFFSET_BITS, number & ((1 << _OFFSET_BITS) - 1))


BEGINNING = Position(0, 0)
"""Before everything."""


def segment_name(number: int) -> str:
    """`000000000012.spool`; names sort as numbers do."""
    return f"{number:012}.spool"


def segment_number(name: str) -> int | None:
    """The number in a segment's name; None for a staged batch."""
    stem, _, ending = name.partition(".")
    return int(stem) if ending == "spool" and stem.isdigit() else None


@dataclass(slots=True)
class _Waiting:
    """A batch on its way to the disk."""

    chunk: Chunk
    staged: Staged | None
    answer: Future[Receipt]


class Staged:
    """A large batch in a segment of its own until it is complete."""

    def __init__(self, journal: JournalStore, recipient: Recipient, batch: str) -> None:
        self.name = f"{_STAGED}{batch}"
        self._journal = journal
        self._frames = FrameWriter(recipient)
        self._segment: JournalFile = journal.open(self.name)
        try:
            self._segment.append(self._frames.header)
        except AffidavitError:
            self.abandon()
            raise

    def add(self, chunk: Chunk) -> None:
        """Append a chunk; not durable yet."""
        self._segment.append(self._frames.chunk(chunk, synced_bytes=0))

    def finish(self) -> None:
        """Durable as it stands."""
        self._segment.sync()
        self._segment.close()

    def abandon(self) -> None:
        """The batch was not completed; forget it. What cannot be deleted now goes at the next start."""
        self._segment.close()
        with suppress(AffidavitError):
            self._journal.delete(self.name)


class Spool:
    """The writing end. Thread-safe; one committing thread."""

    def __init__(
        self,
        journal: JournalStore,
        recipient: Recipient,
        *,
        durable: Mark,
        first_segment: int,
        next_seqs: Mapping[tuple[str, str], int],
    ) -> None:
        """`next_seqs` maps (tenant, source) to the seq of its next record, spooled ones counted."""
        self._journal = journal
        self._recipient = recipient
        self._durable = durable
        self._next_seqs = dict(next_seqs)
        self._queue: deque[_Waiting] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._failed: AffidavitError | None = None
        self._number = first_segment - 1
        self._segment: JournalFile | None = None
        self._written = 0
        self._synced = 0
        self._unsynced: AffidavitError | None = None
        self._rotate()
        durable.set(Position(self._number, self._written).packed())
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    def stage(self, batch: str) -> Staged:
        """Begin a batch that is too large for memory."""
        return Staged(self._journal, self._recipient, batch)

    def commit(self, closing: Chunk, staged: Staged | None = None) -> Future[Receipt]:
        """The batch's last chunk; the future resolves after fsync, with the seqs filled in.

        It fails with StorageFullError or StorageError where nothing of the batch was kept, or nobody can say.
        """
        answer: Future[Receipt] = Future()
        with self._wake:
            if self._failed is not None or self._closing:
                answer.set_exception(self._failed or OverloadedError("the server is stopping"))
                return answer
            self._queue.append(_Waiting(closing, staged, answer))
            self._wake.notify()
        return answer

    def backlog_bytes(self) -> int:
        """What lies in the spool, sealed segments that are not yet deleted included."""
        total = 0
        for name in list(self._journal.names()):
            with suppress(NotFoundError):  # the sealer deletes what it has sealed
                total += self._journal.size(name)
        return total

    def close(self) -> None:
        """Commit what waits, then stop."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()
        if self._segment is not None:
            self._segment.close()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._queue and not self._closing:
                    if not self._wake.wait(IDLE_S if self._written >= _WORTH_BYTES else None):
                        break
                if not self._queue and self._closing:
                    return
                waiting = list(self._queue)
                self._queue.clear()
            try:
                if waiting:
                    self._commit(waiting)
                else:
                    self._let_go()
            except Exception as error:  # noqa: BLE001 - nobody may wait for an answer that never comes
                self._fail(error, waiting)

    def _commit(self, waiting: list[_Waiting]) -> None:
        """Write a group, fsync once, then answer everybody in it."""
        done: list[tuple[_Waiting, Receipt]] = []
        for one in waiting:
            try:
                if one.staged is None:
                    self._append(one.chunk)
                else:
                    self._adopt(one.chunk, one.staged)
            except AffidavitError as error:
                one.answer.set_exception(error)
                continue
            done.append((one, self._numbered(one)))
        try:
            if self._unsynced is not None:
                raise self._unsynced
            if self._segment is not None:
                self._segment.sync()
        except AffidavitError as error:
            self._fail(error, [one for one, _ in done])
            return
        self._synced = self._written
        self._durable.set(Position(self._number, self._written).packed())
        for one, receipt in done:
            one.answer.set_result(receipt)
        if self._written >= SEGMENT_BYTES:
            with suppress(AffidavitError):  # the next batch tries again, and is told
                self._rotate()

    def _let_go(self) -> None:
        """Close the segment while nothing comes in; where that fails, it is as full as it is."""
        with suppress(AffidavitError):
            self._rotate()
            self._durable.set(Position(self._number, self._written).packed())

    def _fail(self, error: Exception, waiting: Iterable[_Waiting]) -> None:
        """Take nothing more: the kernel may have dropped pages, so only a restart, which reads back, is safe."""
        failed = StorageError(
            f"the spool could not be made durable: {error}", code="spool-failed", hint="Restart the server."
        )
        with self._wake:
            self._failed = failed
            behind = list(self._queue)
            self._queue.clear()
        for one in chain(waiting, behind):
            if not one.answer.done():
                one.answer.set_exception(failed)

    def _append(self, chunk: Chunk) -> None:
        if self._segment is None:
            self._rotate()
        assert self._segment is not None  # noqa: S101 - _rotate has just opened it
        frame = self._frames.chunk(chunk, synced_bytes=self._synced)
        try:
            self._written = self._segment.append(frame)
        except AffidavitError:
            # The frame's number is spent and must not be used again: what follows goes to a new segment.
            with suppress(AffidavitError):  # told to everybody at the end of the group
                self._retire()
            raise

    def _adopt(self, closing: Chunk, staged: Staged) -> None:
        """Let the staged segment become the next one of the spool; what follows goes to one behind it."""
        staged.add(closing)
        staged.finish()
        self._retire()
        name = segment_name(self._number + 1)
        try:
            self._journal.rename(staged.name, name)
        except AffidavitError as error:
            if not self._is_absent(name):
                self._unsynced = error  # it is in the spool, and nobody knows whether it stays there
            raise
        self._number += 1
        self._written = self._journal.size(name)

    def _is_absent(self, name: str) -> bool:
        with suppress(AffidavitError):
            return name not in self._journal.names()
        return False

    def _retire(self) -> None:
        """Make the current segment durable and close it; nothing may follow one that is not durable."""
        if self._segment is not None:
            segment, self._segment = self._segment, None
            try:
                segment.sync()
            except AffidavitError as error:
                self._unsynced = error
            segment.close()
        if self._unsynced is not None:
            raise self._unsynced

    def _rotate(self) -> None:
        """Begin the next segment; where that fails, the current one is closed and the next batch tries again."""
        self._retire()
        frames = FrameWriter(self._recipient)
        name = segment_name(self._number + 1)
        segment = self._journal.open(name)
        try:
            if segment.size_bytes:
                segment.truncate(0)  # a beginning that failed, and whose deletion failed
            written = segment.append(frames.header)
            segment.sync()
        except AffidavitError:
            segment.close()
            with suppress(AffidavitError):
                self._journal.delete(name)
            raise
        self._number += 1
        self._frames, self._segment, self._written, self._synced = frames, segment, written, written

    def _numbered(self, one: _Waiting) -> Receipt:
        receipt = one.chunk.receipt
        assert receipt is not None  # noqa: S101 - commit takes closing chunks only
        key = (one.chunk.tenant, one.chunk.source)
        following = self._next_seqs[key] = self._next_seqs.get(key, 0) + receipt.accepted
        return numbered(receipt, next_seq=following)
