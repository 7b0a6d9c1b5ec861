"""The rolling scrub: everything stored is verified again and again, a little at a time, beside everything else.

A round takes the published checkpoint and verifies against it, in this order: that the log continues the round
before, tiles of all levels, lake files with records that it covers, every other encrypted file, and that the files
hold every record once. Between two pieces it rests, so that it works a set share of the time. Where it stands is in
the state database, so a restart goes on. A file that upkeep writes anew while a round goes on is verified as well.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import msgspec

from affidavit.assembly.known_keys import known_keys, opened
from affidavit.assembly.lakes import open_lake
from affidavit.assembly.layout import LOG
from affidavit.assembly.upkeep_record import finding_record
from affidavit.assembly.verify_share import Task, Worker
from affidavit.core.errors import AffidavitError
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.evidence.growth import check_growth
from affidavit.evidence.report import Difference
from affidavit.evidence.runs import check_runs
from affidavit.evidence.tree import check_root, levels
from affidavit.formats.tlog.checkpoint import Checkpoint
from affidavit.fsck.rounds import (
    Round,
    current_round,
    forget_verified,
    put_round,
    put_verified,
    verified_files,
)
from affidavit.lake.failures import MISSING
from affidavit.ledger.log import Log
from affidavit.ledger.outbox import announce
from affidavit.pipeline.seal import QUARANTINE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from threading import Event

    from affidavit.assembly.directory import Directory
    from affidavit.assembly.verify_share import Done
    from affidavit.evidence.runs import Run
    from affidavit.lake.snapshot import StoredFile

_TILES_AT_ONCE = 512
_OBJECTS_AT_ONCE = 32
_US_PER_DAY = 86_400_000_000
_LOOK_S = 30.0
"""Between two looks for whether a round is due."""
log = logging.getLogger("affidavit")


class Scrub:
    """Scrubs one data directory; one at a time."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._store = directory.tenant_store(DEFAULT_TENANT)
        self._log = Log(self._store, LOG)
        self._lake = open_lake(directory, DEFAULT_TENANT)
        self._period_us = int(directory.settings.scrub.period_days * _US_PER_DAY)
        self._share = directory.settings.scrub.share
        with directory.database.read() as connection:
            self.round = current_round(connection, DEFAULT_TENANT)
        self._worker: Worker | None = None

    def follow(self, stop: Event) -> None:
        """Until told to stop: a piece, a rest, a piece. A failure of the machine is logged, and tried again later."""
        while not stop.is_set():
            began = time.monotonic()
            try:
                worked = self.step()
            except AffidavitError as error:
                log.error("scrub: %s", error)  # noqa: TRY400 - the message is for an operator
                worked = False
            spent_s = time.monotonic() - began
            stop.wait(spent_s * (1 - self._share) / self._share if worked else _LOOK_S)

    def step(self) -> bool:
        """Verify the next piece, or begin a round that is due; whether there was anything to do."""
        round_ = self.round
        if round_ is None or round_.ended_us is not None:
            if not self._is_due(round_):
                return False
            return self._begin(round_)
        began = time.monotonic()
        moved, found, verified = self._piece(round_)
        worked_ms = int(1000 * (time.monotonic() - began))
        self._record(msgspec.structs.replace(moved, worked_ms=round_.worked_ms + worked_ms), found, verified)
        return True

    def close(self) -> None:
        """Lets go of the lake."""
        self._drop_worker()
        self._lake.close()

    def _is_due(self, last: Round | None) -> bool:
        """The next round begins when half of the period has passed, so that it has ended when all of it has."""
        now_us = self._directory.clock.now_us()
        return self._period_us > 0 and (last is None or now_us - last.began_us >= self._period_us // 2)

    def _begin(self, last: Round | None) -> bool:
        try:
            checkpoint = opened(self._log.checkpoint(), known_keys(self._store))
        except AffidavitError as error:
            found = [Difference(error.code, "checkpoint", str(error))]
            now_us = self._directory.clock.now_us()
            earlier = last or Round(began_us=now_us, size=0, root="", ended_us=now_us)
            self._record(msgspec.structs.replace(earlier, began_us=now_us), found, None)
            return True
        if not checkpoint.size:
            return False
        earlier = last or Round(began_us=0, size=0, root="")
        round_ = msgspec.structs.replace(
            earlier,
            began_us=self._directory.clock.now_us(),
            size=checkpoint.size,
            root=checkpoint.root.hex(),
            tile=0,
            object="",
            differences=0,
            worked_ms=0,
            ended_us=None,
        )
        with self._directory.database.transaction() as connection:
            forget_verified(connection, DEFAULT_TENANT)
        found = check_root(self._log.read_tile, checkpoint.size, checkpoint.root)
        if earlier.size:
            before = Checkpoint(checkpoint.origin, earlier.size, bytes.fromhex(earlier.root))
            found += check_growth(before, checkpoint, self._log.read_tile)
        self._drop_worker()
        self._record(round_, found, None)
        return True

    def _piece(self, round_: Round) -> tuple[Round, Sequence[Difference], tuple[str, list[Run]] | None]:
        """Where the round stands after the next piece, what was found, and the lake file that it was about."""
        tiles = _tiles(round_)
        if tiles is not None:
            done = self._work(round_, Task(tiles=tiles))
            moved = msgspec.structs.replace(round_, tile=round_.tile + tiles[2] - tiles[1])
            return moved, done.checked.differences, None
        with self._directory.database.read() as connection:
            verified = verified_files(connection, DEFAULT_TENANT)
        try:
            files = self._lake.snapshot().files
        except AffidavitError as error:
            return self._ended(round_), [Difference(error.code, "lake", str(error))], None
        due = [file for file in files if file.min_index < round_.size and file.name not in verified]
        if due:
            return round_, *self._file(round_, min(due, key=lambda file: file.min_index))
        names = [
            name
            for prefix in ("lake/", QUARANTINE)
            for name in self._store.names(prefix)
            if name > round_.object and not name.endswith(".parquet")
        ][:_OBJECTS_AT_ONCE]
        if names:
            done = self._work(round_, Task(objects=tuple(names)))
            return msgspec.structs.replace(round_, object=names[-1]), done.checked.differences, None
        runs = [run for file in files for run in verified.get(file.name, ())]
        _, missing = check_runs(runs, round_.size)
        return self._ended(round_), missing, None

    def _file(
        self, round_: Round, file: StoredFile
    ) -> tuple[Sequence[Difference], tuple[str, list[Run]] | None]:
        done = self._work(round_, Task(rows=file))
        if not done.gone:
            return done.checked.differences, (file.name, done.checked.runs)
        if file.name in {stored.name for stored in self._lake.snapshot().files}:
            what = "is not there, but the table refers to it"
            return [Difference(MISSING, file.name, what)], (file.name, [])
        return [], None  # upkeep has replaced it; what took its place is due now

    def _work(self, round_: Round, task: Task) -> Done:
        if self._worker is None:
            self._worker = Worker(self._directory, round_.size, [])
        return self._worker.work(task)

    def _drop_worker(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def _ended(self, round_: Round) -> Round:
        return msgspec.structs.replace(round_, ended_us=self._directory.clock.now_us())

    def _record(
        self, round_: Round, found: Sequence[Difference], verified: tuple[str, list[Run]] | None
    ) -> None:
        """Where the round stands, durable; the first difference is announced with it, and only the first."""
        now_us = self._directory.clock.now_us()
        records = []
        round_ = msgspec.structs.replace(round_, differences=round_.differences + len(found))
        if found and round_.found_us is None:
            first = found[0]
            records.append(finding_record(first, count=len(found), now_us=now_us))
            log.error("scrub: %s: %s: %s", first.code, first.where, first.what)
            round_ = msgspec.structs.replace(
                round_, found_us=now_us, found_code=first.code, found_where=first.where
            )
        if round_.ended_us is not None and not round_.differences:
            round_ = msgspec.structs.replace(
                round_,
                verified_began_us=round_.began_us,
                verified_ended_us=round_.ended_us,
                verified_size=round_.size,
                found_us=None,
                found_code=None,
                found_where=None,
            )
        with self._directory.database.transaction() as connection:
            put_round(connection, DEFAULT_TENANT, round_)
            announce(connection, DEFAULT_TENANT, records)
            if verified is not None:
                put_verified(connection, DEFAULT_TENANT, *verified)
        self.round = round_


def _tiles(round_: Round) -> tuple[int, int, int] | None:
    """Level, first and end of the next tiles; None where all are done."""
    at = round_.tile
    for level, count in levels(round_.size):
        if at < count:
            return level, at, min(count, at + _TILES_AT_ONCE)
        at -= count
    return None
