"""The rolling scrub: everything is verified again, restarts go on, and a difference is sealed once."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from affidavit.assembly.lakes import open_lake
from affidavit.assembly.scratch import victim_of
from affidavit.assembly.scrub import Scrub
from affidavit.assembly.upkeep import StoredUpkeep
from affidavit.attacks.catalogue import CATALOGUE
from affidavit.attacks.on_records import edited
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.core.settings import ScrubSettings, Settings
from affidavit.ledger.outbox import announced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from affidavit.assembly.directory import Directory
    from affidavit.assembly.scratch import Scratch
    from affidavit.attacks.victim import Victim

ATTACKS = {attack.name: attack.apply for attack in CATALOGUE}
DAY_US = 86_400_000_000
FOUND = (
    "edited-value", "edited-salt", "edited-query-column", "edited-leaf-tile", "edited-edge-tile", "deleted-upper-tile",
    "deleted-record", "doubled-record", "deleted-segment", "edited-checkpoint", "flipped-bit-in-segment",
)  # fmt: skip
PATIENCE_S = 20.0


class LaterClock:
    """A clock that is set."""

    def __init__(self, now_us: int) -> None:
        self.now = now_us

    def now_us(self) -> int:
        """The time that was set."""
        return self.now


@pytest.fixture
def copy(scratch: Scratch, tmp_path: Path) -> Iterator[tuple[Victim, Directory, LaterClock]]:
    """A copy to scrub, its directory, and its clock."""
    with victim_of(scratch, tmp_path / "copy") as (victim, directory):
        clock = LaterClock(directory.clock.now_us())
        yield victim, replace(directory, clock=clock), clock


def _round(directory: Directory) -> Scrub:
    """One round to its end, a piece at a time, each by a scrub that was started anew."""
    for _ in range(1000):
        scrub = Scrub(directory)
        worked = scrub.step()
        scrub.close()
        if not worked or (scrub.round is not None and scrub.round.ended_us is not None):
            return scrub
    raise AssertionError("a round does not end")


def _findings(directory: Directory) -> list[dict[str, object]]:
    with directory.database.read() as connection:
        records = announced(connection, DEFAULT_TENANT, limit=100)
    return [json.loads(record.raw) for record in records if record.kind == "finding"]


def test_a_round_verifies_everything(copy: tuple[Victim, Directory, LaterClock], scratch: Scratch) -> None:
    """After a round it is known when everything was verified last, and that is shown."""
    _, directory, _ = copy
    assert StoredUpkeep(directory).scrub()["verified"] is None
    _round(directory)
    said = StoredUpkeep(directory).scrub()
    assert said["verified"]["size"] == scratch.records
    assert said["finding"] is None
    assert not said["late"]
    assert _findings(directory) == []


def test_the_next_round_is_due_within_the_period(copy: tuple[Victim, Directory, LaterClock]) -> None:
    """Half a period after its beginning a round is followed by the next; one that is overdue is shown as late."""
    _, directory, clock = copy
    began_us = clock.now
    _round(directory)
    clock.now = began_us + 14 * DAY_US
    assert not Scrub(directory).step()
    clock.now = began_us + 15 * DAY_US
    assert Scrub(directory).step()
    assert not StoredUpkeep(directory).scrub()["late"]
    clock.now = began_us + 31 * DAY_US
    assert StoredUpkeep(directory).scrub()["late"]


@pytest.mark.parametrize("attack", FOUND)
def test_a_difference_is_sealed_once(copy: tuple[Victim, Directory, LaterClock], attack: str) -> None:
    """The first difference is announced as a finding that stays open; the next rounds do not announce it again."""
    victim, directory, clock = copy
    ATTACKS[attack](victim)
    for _ in range(3):
        _round(directory)
        clock.now += 15 * DAY_US
    assert len(_findings(directory)) == 1
    said = StoredUpkeep(directory).scrub()
    assert said["verified"] is None
    assert said["finding"]["code"]


def test_a_finding_is_closed_by_a_round_without_one(copy: tuple[Victim, Directory, LaterClock]) -> None:
    """What was put right is found again when it breaks again."""
    victim, directory, clock = copy
    rows = victim.forger.rows()
    for changed in (True, False, True):
        victim.forger.replace([edited(rows[0]), *rows[1:]] if changed else rows)
        _round(directory)
        assert (StoredUpkeep(directory).scrub()["finding"] is not None) == changed
        clock.now += 15 * DAY_US
    assert len(_findings(directory)) == 2


def test_a_log_that_was_built_anew_is_found(copy: tuple[Victim, Directory, LaterClock]) -> None:
    """The scrub remembers the root of its last round: a log that is no continuation of it is a difference."""
    victim, directory, clock = copy
    _round(directory)
    ATTACKS["re-sealed"](victim)
    clock.now += 15 * DAY_US
    _round(directory)
    assert [found["first"]["code"] for found in _findings(directory)] == ["forked"]  # type: ignore[index]


def test_upkeep_may_replace_files_meanwhile(
    copy: tuple[Victim, Directory, LaterClock], scratch: Scratch
) -> None:
    """What compaction writes in the midst of a round is verified too, and nothing is missed or doubled."""
    _, directory, _ = copy
    scrub = Scrub(directory)
    for _ in range(5):
        scrub.step()
    lake = open_lake(directory, DEFAULT_TENANT)
    assert lake.compact(min_files=2)
    lake.close()
    while scrub.round is None or scrub.round.ended_us is None:
        scrub.step()
    scrub.close()
    said = StoredUpkeep(directory).scrub()
    assert said["verified"]["size"] == scratch.records
    assert said["finding"] is None


def test_it_rests_most_of_the_time(copy: tuple[Victim, Directory, LaterClock]) -> None:
    """Of the time that a round takes, at most the set share is spent on it."""
    _, directory, _ = copy
    share = 0.25
    settings = Settings(scrub=ScrubSettings(share=share))
    scrub = Scrub(replace(directory, settings=settings))
    stop = threading.Event()
    thread = threading.Thread(target=scrub.follow, args=(stop,))
    began = time.monotonic()
    thread.start()
    while scrub.round is None or scrub.round.ended_us is None:
        assert time.monotonic() - began < PATIENCE_S
        time.sleep(0.005)
    spent_s = time.monotonic() - began
    stop.set()
    thread.join()
    assert scrub.round.worked_ms / 1000 <= 1.3 * share * spent_s + 0.1
    scrub.close()


def test_fsck_looks_when_it_is_asked(copy: tuple[Victim, Directory, LaterClock]) -> None:
    """Somebody asks over the API, another process looks once, and the report is there from then on."""
    _, directory, clock = copy
    upkeep = StoredUpkeep(directory)
    assert upkeep.fsck() == {"asked": None, "waits": False, "report": None}
    assert not upkeep.look_if_asked()
    upkeep.ask_fsck()
    assert upkeep.fsck()["waits"]
    clock.now += 1
    assert upkeep.look_if_asked()
    said = upkeep.fsck()
    assert not said["waits"]
    assert said["report"]["sound"]
    assert not upkeep.look_if_asked()
