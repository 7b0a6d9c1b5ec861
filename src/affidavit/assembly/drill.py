"""The tamper drill: every attack of the catalogue on a copy of real records, and whether it was found."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from affidavit.assembly.directory import open_directory
from affidavit.assembly.lakes import open_lake
from affidavit.assembly.layout import LOG
from affidavit.assembly.outside import Outside
from affidavit.assembly.scratch import make_scratch, victim_of
from affidavit.attacks.attack import Attacker, FoundBy
from affidavit.attacks.bits import flips
from affidavit.attacks.catalogue import CATALOGUE
from affidavit.core.clock import isoformat
from affidavit.core.errors import ConfigurationError
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.kept import stated_kept
from affidavit.formats.tlog.note import parse_note
from affidavit.ledger.log import Log
from affidavit.storage.scratch import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from affidavit.assembly.directory import Directory
    from affidavit.assembly.scratch import Scratch
    from affidavit.attacks.attack import Attack
    from affidavit.evidence.report import Difference
    from affidavit.lake.segment import Row

CLEAN = "nothing"
"""The name of the check that what nobody touched is found to be in order."""
FLIPPED = "flipped-bit-in-every-file"
_DIFFERENT = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """One attack and what was found."""

    attack: str
    attacker: str
    does: str
    found_by: str
    expected: str | None
    """The code of a difference; None where nothing may differ, empty where any will do."""
    found: tuple[str, ...]
    """The codes of what was found."""
    detected: bool
    """Whether it was found as expected; for untouched data, whether nothing was."""
    missed: tuple[str, ...] = ()
    """Where a file after the other was attacked, those in which nothing was found."""


@dataclass(kw_only=True, slots=True)
class Drill:
    """What a drill has shown."""

    origin: str
    size: int
    """Entries of the log whose records were copied."""
    records: int
    """Records that were copied."""
    began_us: int
    seconds: float = 0.0
    trials: list[Trial] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every attack was found, and nothing where there was none."""
        return all(trial.detected for trial in self.trials)

    def as_dict(self) -> dict[str, Any]:
        """For JSON, and for the record that is sealed."""
        return {
            "passed": self.passed,
            "origin": self.origin,
            "size": self.size,
            "records": self.records,
            "began": isoformat(self.began_us),
            "seconds": round(self.seconds, 1),
            "trials": [{name: getattr(trial, name) for name in Trial.__slots__} for trial in self.trials],
        }


def drill_directory(path: Path, *, records: int, within: Path | None = None) -> Drill:
    """A drill on copies of the newest `records` sealed records of a data directory, which is only read.

    The scratch folder is made in `within`, or where the system keeps such, mode 0700; it holds the records in
    clear to whoever can read it, and is removed at the end. ConfigurationError where nothing is sealed yet.
    """
    directory = open_directory(path)
    try:
        began = time.monotonic()
        checkpoint = parse_checkpoint(
            parse_note(Log(directory.tenant_store(DEFAULT_TENANT), LOG).checkpoint()).text
        )
        rows = newest_rows(directory, checkpoint.size, records)
        drill = Drill(
            origin=checkpoint.origin,
            size=checkpoint.size,
            records=len(rows),
            began_us=directory.clock.now_us(),
        )
    finally:
        directory.database.close()
    with scratch_folder(within) as folder:
        scratch = make_scratch(folder, rows, origin=checkpoint.origin)
        outside = Outside(scratch, folder / "outside")
        drill.trials.append(clean(scratch, outside, folder / "copy"))
        drill.trials += [trial(attack, scratch, outside, folder / "copy") for attack in CATALOGUE]
        drill.trials.append(flipped_everywhere(scratch, outside, folder / "copy"))
    drill.seconds = time.monotonic() - began
    return drill


def newest_rows(directory: Directory, size: int, records: int) -> list[Row]:
    """Of the newest records below `size`, those that can be sealed anew: ConfigurationError where they are too few.

    What was erased cannot, and a statement of which checkpoints are kept would be false in another log.
    """
    lake = open_lake(directory, DEFAULT_TENANT)
    try:
        rows = [
            row
            for row in lake.rows(max(0, size - records), size)
            if row.salt is not None and not stated_kept(row.raw)
        ]
    finally:
        lake.close()
    if len({row.raw for row in rows}) < _DIFFERENT:
        raise ConfigurationError(
            f"a drill needs at least {_DIFFERENT} different sealed records to try the attacks on",
            code="nothing-sealed",
            hint="`affidavit import` brings some in.",
        )
    return rows


def clean(scratch: Scratch, outside: Outside, folder: Path) -> Trial:
    """Nothing is done, and nothing may be found, with any means."""
    with victim_of(scratch, folder) as (_, directory):
        found = [each for means in FoundBy for each in outside.finds(directory, means)]
    return Trial(
        attack=CLEAN,
        attacker="nobody",
        does="nothing",
        found_by=FoundBy.WITNESS,
        expected=None,
        found=_codes(found),
        detected=not found,
    )


def trial(attack: Attack, scratch: Scratch, outside: Outside, folder: Path) -> Trial:
    """The attack on a fresh copy in `folder`, and what its finder finds."""
    with victim_of(scratch, folder) as (victim, directory):
        attack.apply(victim)
        codes = _codes(outside.finds(directory, attack.found_by))
    return Trial(
        attack=attack.name,
        attacker=attack.attacker,
        does=attack.does,
        found_by=attack.found_by,
        expected=attack.expected,
        found=codes,
        detected=attack.expected in codes,
    )


def flipped_everywhere(scratch: Scratch, outside: Outside, folder: Path) -> Trial:
    """A bit is flipped in one file after the other; each time something must be found."""
    missed, found = [], []
    with victim_of(scratch, folder) as (victim, directory):
        for name, data, changed in flips(victim):
            victim.root.put(name, changed)
            differences = outside.finds(directory, FoundBy.VERIFY)
            found += differences
            if not differences:
                missed.append(name)
            victim.root.put(name, data)
    return Trial(
        attack=FLIPPED,
        attacker=Attacker.DISK,
        does="flips one bit in every file that is not exempt, one at a time",
        found_by=FoundBy.VERIFY,
        expected="",
        found=_codes(found),
        detected=not missed,
        missed=tuple(missed),
    )


def _codes(differences: Sequence[Difference]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(difference.code for difference in differences))
