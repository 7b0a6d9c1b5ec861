"""One look of fsck at an open data directory: every check, each problem with what would mend it."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from affidavit.assembly.behind import check_behind
from affidavit.assembly.kept import kept_names, stated_in
from affidavit.assembly.known_keys import known_keys, opened
from affidavit.assembly.lakes import open_lake
from affidavit.assembly.layout import LOG
from affidavit.assembly.publishing import open_publication
from affidavit.assembly.writing import durable_mark, journals
from affidavit.core.errors import AffidavitError, NotFoundError, VerificationError
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.evidence.kept import check_names
from affidavit.fsck.problem import Found, Problem
from affidavit.fsck.quarantine import check_quarantine
from affidavit.fsck.receipts import check_receipts, check_sequences, windows
from affidavit.fsck.spool import check_waiting
from affidavit.fsck.tree import check_published, check_stored_tiles, rebuilt_tiles
from affidavit.intake.spool import BEGINNING, Position
from affidavit.keys.custody import sealed_rotations
from affidavit.ledger.heads import Heads
from affidavit.ledger.log import Log
from affidavit.ledger.receipts import all_receipts, put_receipts, receipt
from affidavit.ledger.sequences import advance_seqs, next_seqs
from affidavit.native.leaves import leaves_of as leaves_of_records
from affidavit.pipeline.seal import QUARANTINE
from affidavit.state.failures import database_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from affidavit.assembly.directory import Directory
    from affidavit.core.ids import SourceName
    from affidavit.ledger.heads import Head
    from affidavit.ledger.receipts import Receipt

_HASH_BYTES = 32
_WINDOW = 1 << 22
"""Leaves that are held at once when tiles are rebuilt: 128 MiB."""


class Look:
    """Sees the state database first, then what it says of the rest; `live` leaves out what a step in progress shows."""

    def __init__(self, directory: Directory, *, live: bool) -> None:
        self._directory = directory
        self._live = live
        self._store = directory.tenant_store(DEFAULT_TENANT)
        self._log = Log(self._store, LOG)
        self._lake = open_lake(directory, DEFAULT_TENANT)
        self._window: tuple[int, bytes] | None = None
        self._rebuilt = False
        self.origin = ""
        self.size = 0

    def close(self) -> None:
        """Lets go of the lake."""
        self._lake.close()

    def everything(self) -> list[Found]:
        """All that is wrong."""
        durable = Position.unpacked(durable_mark(self._directory, DEFAULT_TENANT).get())
        note = None
        with suppress(NotFoundError):
            note = self._log.checkpoint()
        try:
            damage = self._directory.database.damage()
        except AffidavitError as error:
            return [Found(Problem("state-damaged", "state database", str(error)))]
        found = [Found(Problem("state-damaged", "state database", line)) for line in damage]
        with self._directory.database.read() as connection:
            try:
                found.extend(self._seen_from(connection, durable, note))
            except SQLAlchemyError as error:
                found.append(Found(Problem("state-damaged", "state database", str(database_error(error)))))
        if self._live:
            found = [each for each in found if not each.problem.harmless]
        return found

    def _seen_from(self, connection: Connection, durable: Position, note: bytes | None) -> Iterator[Found]:
        """What does not fit the state database as the connection sees it."""
        head = Heads(self._directory.database).within(connection, DEFAULT_TENANT)
        if head is None:
            yield Found(Problem("head-missing", "state database", "knows no head of this log"))
            return
        self.size = head.size
        yield from self._ledger(head, note)
        waiting, problems = check_waiting(
            journals(self._directory, DEFAULT_TENANT),
            [self._directory.keyring(DEFAULT_TENANT).identity],
            sealed=self._sealed,
            durable=durable,
            has_receipt=lambda batch: receipt(connection, DEFAULT_TENANT, batch=batch) is not None,
        )
        yield from map(self._of_spool, problems)
        yield from self._lake_and_receipts(head, connection, waiting)
        yield from self._kept(head.size)
        yield from map(Found, check_quarantine(connection, DEFAULT_TENANT, self._store.names(QUARANTINE)))

    def _sealed(self) -> Position:
        head = Heads(self._directory.database).get(DEFAULT_TENANT)
        return Position(head.spool_segment, head.spool_offset) if head else BEGINNING

    def _ledger(self, head: Head, note: bytes | None) -> Iterator[Found]:
        """Head, signatures, tiles and checkpoint. Nothing is mended under a head that is not signed."""
        signed = False
        try:
            stated = opened(head.checkpoint.encode(), known_keys(self._store))
            self.origin = stated.origin
            signed = (stated.size, stated.root) == (head.size, head.root)
            if not signed:
                yield Found(
                    Problem("head-differs", "state database", "is not what its signed checkpoint says")
                )
        except AffidavitError as error:
            yield Found(Problem(error.code, "head", str(error)))
        for problem in check_stored_tiles(self._store, LOG, self._log, head):
            mend: Callable[[], None] | None = None
            if problem.code == "tile-beyond-head":
                mend = partial(self._store.delete, LOG + problem.where)
            elif problem.derivable and signed:
                mend = partial(self._rebuild, head)
            yield Found(problem, mend)
        problems = check_published(note, head)
        if note is not None and not problems:
            for code, where, what in check_behind(self._directory, head.size):
                problems.append(Problem(code, where, what, derivable=True))
        for problem in problems:
            yield Found(problem, partial(self._publish, head) if problem.derivable and signed else None)

    def _kept(self, size: int) -> Iterator[Found]:
        """Kept checkpoints, of which the log and the keys state that they are there."""
        stated, _ = stated_in(self._directory, size)  # what cannot be read of the lake is said with the lake
        handovers = [index + 1 for index, _ in sealed_rotations(self._store)]
        for each in check_names(kept_names(self._store), handovers=handovers, stated=stated):
            yield Found(Problem(*each))

    def _rebuild(self, head: Head) -> None:
        """All tiles at once, whichever asked first."""
        if self._rebuilt:
            return
        tiles = rebuilt_tiles(head, self._log, self._leaves)
        self._store.put_many([(LOG + tile.path, data) for tile, data in tiles])
        self._rebuilt = True

    def _publish(self, head: Head) -> None:
        """As the sealer would at its start: the head's own signed checkpoint, if the tiles have its root."""
        if self._log.frontier(head.size).root() != head.root:
            raise VerificationError("the stored tiles do not have the root of the head", code="root-differs")
        publication = open_publication(self._directory, DEFAULT_TENANT)
        publication.publish(head.checkpoint.encode())
        publication.close()

    def _leaves(self, first: int, end: int) -> bytes:
        """Leaf hashes of the lake's records, read a window at a time; zeros where there is none."""
        found = b""
        while first < end:
            start = first - first % _WINDOW
            if self._window is None or self._window[0] != start:
                self._window = (start, self._hashed(start, start + _WINDOW))
            until = min(end, start + _WINDOW)
            found += self._window[1][_HASH_BYTES * (first - start) : _HASH_BYTES * (until - start)]
            first = until
        return found

    def _hashed(self, first: int, end: int) -> bytes:
        leaves = bytearray(_HASH_BYTES * (min(end, self.size) - first))
        for file in self._lake.snapshot().files:
            if file.min_index >= end or file.max_index < first:
                continue
            for block in self._lake.read_file(file):
                hashes = leaves_of_records(block.sealed)
                for at, index in enumerate(block.index):
                    if first <= index < min(end, self.size):
                        to = _HASH_BYTES * (index - first)
                        leaves[to : to + _HASH_BYTES] = hashes[_HASH_BYTES * at : _HASH_BYTES * (at + 1)]
        return bytes(leaves)

    def _of_spool(self, problem: Problem) -> Found:
        if not problem.derivable:
            return Found(problem)
        return Found(problem, partial(journals(self._directory, DEFAULT_TENANT).delete, problem.where))

    def _lake_and_receipts(self, head: Head, connection: Connection, waiting: set[str]) -> Iterator[Found]:
        """The lake against the head and, a window at a time, against the receipts."""
        below, following = 0, dict[str, int]()
        try:
            files = self._lake.snapshot().files
            orphans = self._lake.unreferenced()
            for receipts, after, upto in windows(all_receipts(connection, DEFAULT_TENANT)):
                batches = self._lake.batches(head.size, after=after, upto=upto)
                below += sum(batch.records for batch in batches)
                for batch in batches:
                    following[batch.source] = max(following.get(batch.source, 0), batch.last_seq + 1)
                named = {batch.batch: batch for batch in batches}
                for problem, meant in check_receipts(receipts, named, head.size, waiting=waiting):
                    yield Found(problem, None if meant is None else partial(self._put_receipt, meant))
        except AffidavitError as error:
            yield Found(Problem(error.code, "lake", str(error)))
            return
        rows = sum(file.rows for file in files)
        if below != head.size:
            what = f"has {below} records below the head of {head.size}"
            yield Found(Problem("records-missing" if below < head.size else "records-doubled", "lake", what))
        if rows > below:
            what = f"has {rows - below} records beyond the head of {head.size}"
            problem = Problem("rows-beyond-head", "lake", what, derivable=True, harmless=True)
            yield Found(problem, partial(self._truncate, head.size))
        if orphans:
            what = f"{len(orphans)} files belong to no version of the table"
            problem = Problem("lake-orphans", "lake", what, derivable=True, harmless=True)
            yield Found(problem, partial(self._remove_orphans, len(orphans)))
        for problem, seq in check_sequences(next_seqs(connection, DEFAULT_TENANT), following):
            yield Found(problem, None if seq is None else partial(self._put_seq, *seq))

    def _truncate(self, size: int) -> None:
        self._lake.truncate(size)

    def _remove_orphans(self, count: int) -> None:
        if self._lake.remove_orphans(grace_s=0) == 0:
            raise VerificationError(f"{count} files may be part of a commit that is an hour old or less")

    def _put_receipt(self, receipt: Receipt) -> None:
        with self._directory.database.transaction() as connection:
            put_receipts(connection, DEFAULT_TENANT, batches=[receipt])

    def _put_seq(self, source: SourceName, seq: int) -> None:
        with self._directory.database.transaction() as connection:
            advance_seqs(connection, DEFAULT_TENANT, next_seqs={source: seq})
