"""What is kept is stated in the log: once, an hour apart, and without end only while there is something to state."""

from __future__ import annotations

import logging
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import pytest

from affidavit.assembly.directory import Directory, open_directory
from affidavit.assembly.initialise import initialise
from affidavit.assembly.lakes import open_lake
from affidavit.assembly.verification import verify_directory
from affidavit.assembly.writing import open_receiving, open_sealer, open_tail
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.formats.tlog.kept import KeptCheckpoint, stated_kept
from affidavit.ledger.history import History
from affidavit.ledger.outbox import announced
from affidavit.pipeline.stating import INTERVAL_US, Stating, sealed_statements
from affidavit.storage.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from affidavit.lake.lake import Lake

_NOW_US = 1_795_424_400_000_000


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.us = _NOW_US

    def now_us(self) -> int:
        """Whatever it was set to."""
        return self.us


class Rig(NamedTuple):
    """A data directory, and kept checkpoints that are none of its own."""

    directory: Directory
    history: History
    clock: Clock

    def stating(self) -> Stating:
        """As a process that has just started."""
        return Stating(
            DEFAULT_TENANT,
            database=self.directory.database,
            history=self.history,
            open_lake=self.lake,
            clock=self.clock,
        )

    def lake(self) -> Lake:
        """Of the directory."""
        return open_lake(self.directory, DEFAULT_TENANT)

    def keep(self, *sizes: int) -> None:
        """Checkpoints of these sizes."""
        for size in sizes:
            self.history.keep(size, _note(size))

    def waiting(self) -> list[list[int]]:
        """The sizes in each statement that is announced."""
        with self.directory.database.read() as connection:
            found = announced(connection, DEFAULT_TENANT, limit=100)
        return [[each.size for each in stated_kept(own.raw)] for own in found]

    def seal(self) -> None:
        """What is announced."""
        sealer = open_sealer(self.directory, DEFAULT_TENANT)
        sealer.step(open_tail(self.directory, DEFAULT_TENANT, sealer))
        sealer.close()


def _note(size: int) -> bytes:
    return b"note %d" % size


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Nothing is sealed and nothing kept."""
    initialise(tmp_path / "data", origin="log.harborline.example/test")
    directory = open_directory(tmp_path / "data")
    open_receiving(directory, DEFAULT_TENANT).spool.close()
    yield Rig(directory, History(MemoryStore()), Clock())
    directory.database.close()


def test_everything_below_the_newest_is_stated_with_its_digests(rig: Rig) -> None:
    """The newest one may still be stamped or cosigned, so it is left for the next time."""
    rig.keep(10, 20, 30)
    rig.history.stamp(20, b"0\x00")
    rig.stating().state(30)
    assert rig.waiting() == [[10, 20]]
    rig.seal()
    with closing(rig.lake()) as lake:
        (statement,) = sealed_statements(lake)
    answer = sha256(rig.history.answer(20)).hexdigest()
    assert statement == (
        0,
        _NOW_US,
        (
            KeptCheckpoint(note=sha256(_note(10)).hexdigest(), size=10, stamp=None),
            KeptCheckpoint(note=sha256(_note(20)).hexdigest(), size=20, stamp=answer),
        ),
    )
    assert verify_directory(rig.directory.path, processes=1).size == 1


def test_each_is_stated_once_and_an_hour_after_the_last(rig: Rig) -> None:
    """So it is across restarts, whether the last statement is sealed already or still waits."""
    rig.keep(10, 20, 30, 40)
    stating = rig.stating()
    stating.state(20)
    rig.clock.us += INTERVAL_US - 1
    for each in (stating, rig.stating()):
        each.state(40)
    assert rig.waiting() == [[10]]
    rig.seal()
    rig.stating().state(40)
    assert rig.waiting() == []
    rig.clock.us += 1
    rig.stating().state(40)
    assert rig.waiting() == [[20, 30]]


def test_a_statement_is_no_reason_for_another(rig: Rig) -> None:
    """A log that nothing comes to does not grow by statements about the statements before them."""
    rig.keep(10, 20)
    stating = rig.stating()
    newest = 20
    for _ in range(5):
        before = len(rig.waiting())
        stating.state(newest)
        if len(rig.waiting()) > before:  # it is sealed, and a checkpoint that covers it is kept
            newest += 1
            rig.keep(newest)
        rig.clock.us += INTERVAL_US
    assert rig.waiting() == [[10], [20]]


def test_many_are_stated_in_several_records(rig: Rig) -> None:
    """As when a directory was kept for years by a version that stated nothing."""
    rig.keep(*range(10, 2512))
    rig.stating().state(2511)
    assert [len(sizes) for sizes in rig.waiting()] == [1000, 1000, 501]


def test_a_failure_is_logged_and_made_up_for(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Stamping goes on meanwhile."""
    rig.keep(10, 20)
    caplog.set_level(logging.ERROR, "affidavit")
    rig.directory.database.close()
    state = rig.directory.path / "state.db"
    state.rename(state.with_suffix(".away"))
    state.mkdir()
    stating = rig.stating()
    stating.state(20)
    assert "kept checkpoints are not stated in the log" in caplog.text
    state.rmdir()
    state.with_suffix(".away").rename(state)
    stating.state(20)
    assert rig.waiting() == [[10]]
