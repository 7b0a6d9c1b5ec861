"""Every attack of the catalogue is found, by the means and as the difference that it names; clean data is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from affidavit.assembly.drill import Drill, clean, flipped_everywhere, newest_rows, trial
from affidavit.assembly.drill_record import drill_record
from affidavit.assembly.scratch import victim_of
from affidavit.attacks.attack import Attack, Attacker, FoundBy
from affidavit.attacks.bits import EXEMPT, flips
from affidavit.attacks.catalogue import CATALOGUE
from affidavit.formats.tlog.kept import stated_kept

if TYPE_CHECKING:
    from pathlib import Path

    from affidavit.assembly.outside import Outside
    from affidavit.assembly.scratch import Scratch

OUTSIDE = [attack for attack in CATALOGUE if attack.found_by is not FoundBy.VERIFY]


def test_clean_data_raises_no_alarm(scratch: Scratch, outside: Outside, tmp_path: Path) -> None:
    """Where nobody did anything, verify, the kept checkpoint and the witness find nothing."""
    done = clean(scratch, outside, tmp_path / "copy")
    assert done.found == ()
    assert done.detected


def test_a_copy_does_not_state_what_the_real_log_keeps(scratch: Scratch, tmp_path: Path) -> None:
    """A statement of which checkpoints are kept is not copied: it would be an alarm in a log that has others."""
    with victim_of(scratch, tmp_path / "copy") as (victim, directory):
        size = victim.checkpoint.size
        copied = newest_rows(directory, size, size)
    assert len(copied) == size - 1
    assert not any(stated_kept(row.raw) for row in copied)


def test_names_are_unique() -> None:
    """An attack is called by its name."""
    names = [attack.name for attack in CATALOGUE]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("attack", CATALOGUE, ids=lambda attack: attack.name)
def test_attack(attack: Attack, scratch: Scratch, outside: Outside, tmp_path: Path) -> None:
    """The attack is found, and for what it is."""
    done = trial(attack, scratch, outside, tmp_path / "copy")
    assert attack.expected in done.found
    assert done.detected


@pytest.mark.parametrize("attack", OUTSIDE, ids=lambda attack: attack.name)
def test_needs_somebody_outside(attack: Attack, scratch: Scratch, outside: Outside, tmp_path: Path) -> None:
    """What is said to need a checkpoint or witness in other hands goes unnoticed without: no false comfort."""
    with victim_of(scratch, tmp_path / "copy") as (victim, directory):
        attack.apply(victim)
        assert outside.finds(directory, FoundBy.VERIFY) == []


@pytest.mark.parametrize("attack", OUTSIDE, ids=lambda attack: attack.name)
def test_a_witness_finds_it_too(attack: Attack, scratch: Scratch, outside: Outside, tmp_path: Path) -> None:
    """A witness's memory does what a kept checkpoint does, for somebody who has kept none."""
    with victim_of(scratch, tmp_path / "copy") as (victim, directory):
        attack.apply(victim)
        codes = {found.code for found in outside.finds(directory, FoundBy.WITNESS)}
    assert codes & {"forked", "rolled-back"}


def test_a_flipped_bit_in_any_file(scratch: Scratch, outside: Outside, tmp_path: Path) -> None:
    """One bit in any file but the exempt ones is found, whichever file it is."""
    with victim_of(scratch, tmp_path / "copy") as (victim, _):
        names = set(victim.root.names())
        tried = {name for name, _, _ in flips(victim)}
    assert names - tried == {name for name in names if name.startswith(tuple(EXEMPT))}
    assert {name.split("/")[2] for name in tried} == {"checkpoints", "keys", "lake", "log", "spool"}
    done = flipped_everywhere(scratch, outside, tmp_path / "copy")
    assert done.missed == ()
    assert done.detected


def test_what_is_not_found_is_said(scratch: Scratch, outside: Outside, tmp_path: Path) -> None:
    """An attack that leaves no trace is reported as not found, so that a drill can fail."""
    idle = Attack(
        name="idle", attacker=Attacker.DISK, does="nothing", expected="leaf-differs", apply=lambda _: None
    )
    done = trial(idle, scratch, outside, tmp_path / "copy")
    assert done.found == ()
    assert not done.detected
    failed = Drill(origin="log", size=1, records=1, began_us=0, trials=[done])
    assert not failed.passed
    record = drill_record(failed, now_us=1_795_424_400_000_000)
    assert b'"status":"Fail"' in record.detail
    assert json.loads(record.raw)["trials"][0]["attack"] == "idle"
