"""fsck on damaged copies: everything that does not fit is named, and mended only where it follows from what is left."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, insert, update
from tests.simulators.spooling import IDENTITY, SpoolRig

from affidavit.assembly import fsck_look
from affidavit.assembly.brought import Brought
from affidavit.assembly.fsck import fsck, mended
from affidavit.assembly.scratch import victim_of
from affidavit.assembly.verification import verify
from affidavit.attacks.catalogue import CATALOGUE
from affidavit.attacks.on_records import edited
from affidavit.attacks.victim import CHECKPOINT, LOG
from affidavit.core.errors import StorageError
from affidavit.formats.tlog.tiles import Tile
from affidavit.fsck.receipts import windows
from affidavit.fsck.spool import check_waiting
from affidavit.intake.spool import Position
from affidavit.ledger.tables import heads, receipts, sequences
from affidavit.storage.local_journal import LocalJournals

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from affidavit.assembly.scratch import Scratch
    from affidavit.attacks.victim import Victim
    from affidavit.lake.forging import StoredRow

ATTACKS = {attack.name: attack.apply for attack in CATALOGUE}
LEFT = {"lake-orphans"}
"""Older versions of the lake's table, which any log has."""


def _receipt(**values: object) -> Callable[[Victim], None]:
    """The first receipt says something else."""

    def change(victim: Victim) -> None:
        with victim.database.transaction() as connection:
            connection.execute(update(receipts).where(receipts.c.first_index == 0).values(values))

    return change


def _receipt_deleted(victim: Victim) -> None:
    with victim.database.transaction() as connection:
        connection.execute(delete(receipts).where(receipts.c.first_index == 0))


def _receipt_invented(victim: Victim) -> None:
    said = {
        "batch": "019a0000-0000-7000-8000-000000000000",
        "source": "okta-a",
        "accepted": 3,
        "quarantined": 0,
    }
    with victim.database.transaction() as connection:
        connection.execute(insert(receipts).values(tenant=victim.tenant, received_us=1, **said))


def _seq(by: int) -> Callable[[Victim], None]:
    def change(victim: Victim) -> None:
        with victim.database.transaction() as connection:
            connection.execute(
                update(sequences)
                .where(sequences.c.source == "okta-a")
                .values(next_seq=sequences.c.next_seq + by)
            )

    return change


def _tile_beyond(victim: Victim) -> None:
    victim.store.put(LOG + Tile(0, 7).path, bytes(8192))


def _row_beyond(victim: Victim) -> None:
    def add(rows: list[StoredRow]) -> list[StoredRow]:
        return [*rows, {**rows[-1], "index": len(rows), "seq": rows[-1]["seq"] + 1}]

    victim.forger.change(add)


def _spool(name: str) -> Callable[[Victim], None]:
    return lambda victim: victim.store.put(f"spool/{name}", b"left over")


def _segment(victim: Victim) -> None:
    """What was sealed long ago was not released."""
    victim.store.put("spool/000000000000.spool", victim.store.read(max(victim.store.names("spool/"))))


def _quarantine_object(victim: Victim) -> None:
    victim.store.put("quarantine/nobody/000000.age", b"unlisted")


MENDED: dict[str, tuple[Callable[[Victim], None], str]] = {
    "leaf tile deleted": (ATTACKS["deleted-leaf-tile"], "tile-missing"),
    "edge tile deleted": (ATTACKS["deleted-edge-tile"], "tile-missing"),
    "upper tile deleted": (ATTACKS["deleted-upper-tile"], "tile-missing"),
    "leaf tile edited": (ATTACKS["edited-leaf-tile"], "tile-differs"),
    "upper tile edited": (ATTACKS["edited-upper-tile"], "root-differs"),
    "tile beyond the head": (_tile_beyond, "tile-beyond-head"),
    "checkpoint deleted": (ATTACKS["deleted-checkpoint"], "checkpoint-missing"),
    "checkpoint of yesterday": (ATTACKS["replayed-checkpoint"], "checkpoint-behind"),
    "rows beyond the head": (_row_beyond, "rows-beyond-head"),
    "receipt elsewhere": (_receipt(first_index=5, last_index=5), "receipt-differs"),
    "receipt without a checkpoint": (_receipt(checkpoint_size=9000), "receipt-differs"),
    "receipt deleted": (_receipt_deleted, "receipt-missing"),
    "seq too low": (_seq(-3), "sequences-differ"),
    "sealed segment left": (_segment, "spool-sealed"),
    "staged batch left": (_spool("staged-019a"), "spool-staged"),
}
KEPT: dict[str, tuple[Callable[[Victim], None], str]] = {
    "head edited": (ATTACKS["edited-head"], "head-differs"),
    "record deleted": (ATTACKS["deleted-record"], "records-missing"),
    "record doubled": (ATTACKS["doubled-record"], "records-doubled"),
    "lake file deleted": (ATTACKS["deleted-segment"], "lake-file-missing"),
    "spool deleted": (ATTACKS["deleted-spool"], "spool-cut"),
    "spool edited": (ATTACKS["edited-spool"], "spool-corrupt"),
    "state of yesterday": (ATTACKS["rolled-back-state"], "rolled-back"),
    "receipt of more": (_receipt(accepted=900), "receipt-count"),
    "receipt of nothing": (_receipt_invented, "receipt-unfounded"),
    "receipt of a quarantined line": (_receipt(quarantined=1), "quarantine-differs"),
    "kept checkpoint deleted": (ATTACKS["deleted-kept-checkpoint"], "kept-missing"),
    "seq too high": (_seq(2), "sequences-differ"),
}


def test_a_sound_directory(scratch: Scratch, tmp_path: Path) -> None:
    """Nothing is wrong where nothing was done, and mending does nothing but clear old versions away."""
    with victim_of(scratch, tmp_path / "copy") as (_, directory):
        done = fsck(directory, live=False)
        assert done.sound
        assert {problem.code for problem in done.problems} <= LEFT
        assert {problem.code for problem in mended(directory).repaired} <= LEFT


def test_beside_a_writer_leftovers_are_no_problem(scratch: Scratch, tmp_path: Path) -> None:
    """While a server runs, what a step in progress looks like is not reported."""
    with victim_of(scratch, tmp_path / "copy") as (victim, directory):
        _row_beyond(victim)
        _tile_beyond(victim)
        assert fsck(directory, live=True).problems == []


@pytest.mark.parametrize("name", MENDED)
def test_what_can_be_derived_is_mended(name: str, scratch: Scratch, tmp_path: Path) -> None:
    """The problem is named, mended from what is left, and the directory verifies."""
    damage, code = MENDED[name]
    with victim_of(scratch, tmp_path / "copy") as (victim, directory):
        note = victim.log.checkpoint()
        damage(victim)
        assert code in {problem.code for problem in fsck(directory, live=False).problems}
        done = mended(directory)
        assert code in {problem.code for problem in done.repaired}
        assert done.sound
        assert {problem.code for problem in done.problems} <= LEFT
        assert verify(directory, Brought(keys=scratch.verifier_keys), processes=1).differences == []
        assert victim.log.checkpoint() == note


@pytest.mark.parametrize("name", [name for name in MENDED if "receipt" in name])
def test_receipts_are_mended_across_windows(
    name: str, scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory with more receipts than are held at once is mended like any other."""
    monkeypatch.setattr(fsck_look, "windows", partial(windows, at_once=1))
    test_what_can_be_derived_is_mended(name, scratch, tmp_path)


@pytest.mark.parametrize("name", KEPT)
def test_what_would_hide_a_change_is_left(name: str, scratch: Scratch, tmp_path: Path) -> None:
    """The problem is named, and after a repair it is there as before."""
    damage, code = KEPT[name]
    with victim_of(scratch, tmp_path / "copy") as (victim, directory):
        damage(victim)
        before = fsck(directory, live=False)
        assert code in {problem.code for problem in before.problems}
        assert not before.sound
        done = mended(directory)
        assert code in {problem.code for problem in done.problems}
        assert not done.sound


def test_tiles_are_not_made_to_agree_with_changed_records(scratch: Scratch, tmp_path: Path) -> None:
    """Where a record was edited and the tile that shows it deleted, the tile is not rebuilt and nothing is signed."""
    with victim_of(scratch, tmp_path / "copy") as (victim, directory):
        note = victim.log.checkpoint()
        rows = victim.forger.rows()
        victim.forger.replace([edited(rows[0]), *rows[1:]])
        ATTACKS["deleted-leaf-tile"](victim)
        tiles = set(victim.store.names(f"{LOG}tile/"))
        done = mended(directory)
        assert not done.sound
        assert "tile-missing" in {problem.code for problem in done.problems}
        assert set(victim.store.names(f"{LOG}tile/")) == tiles
        assert victim.log.checkpoint() == note


def test_nothing_is_published_under_a_head_that_is_not_signed(scratch: Scratch, tmp_path: Path) -> None:
    """A head in the state database that its own signed checkpoint contradicts mends nothing."""
    with victim_of(scratch, tmp_path / "copy") as (victim, directory):
        victim.store.delete(CHECKPOINT)
        with victim.database.transaction() as connection:
            connection.execute(update(heads).values(size=heads.c.size - 1))
        done = mended(directory)
        assert not done.sound
        assert not list(victim.store.names(CHECKPOINT))


def test_quarantine_against_its_list(scratch: Scratch, tmp_path: Path) -> None:
    """An object that no list names is told, and left for a person."""
    with victim_of(scratch, tmp_path / "copy") as (victim, directory):
        _quarantine_object(victim)
        done = mended(directory)
        assert "quarantine-unlisted" in {problem.code for problem in done.problems}


def test_a_damaged_state_database(scratch: Scratch, tmp_path: Path) -> None:
    """A page of the state database that makes no sense is an error or a problem, never silence."""
    with victim_of(scratch, tmp_path / "copy") as (victim, directory):
        victim.forger.close()
        directory.database.close()
        data = bytearray(victim.root.read("state.db"))
        for page in range(4096, len(data), 4096):
            data[page : page + 12] = b"\xff" * 12
        victim.root.put("state.db", bytes(data))
        for name in list(victim.root.names("state.db-")):
            victim.root.delete(name)
        with suppress(StorageError):
            assert "state-damaged" in {problem.code for problem in fsck(directory, live=False).problems}


def test_what_is_sealed_must_not_wait(tmp_path: Path) -> None:
    """A batch in the spool that has a receipt already would be sealed twice."""
    rig = SpoolRig(LocalJournals(tmp_path / "spool"))
    rig.start()
    first, second = rig.put(), rig.put()
    rig.stop()
    waiting, problems = check_waiting(
        rig.journal,
        [IDENTITY],
        sealed=lambda: rig.sealed,
        durable=Position.unpacked(rig.mark.get()),
        has_receipt=lambda batch: batch == second.batch,
    )
    assert waiting == {first.batch, second.batch}
    assert [(each.code, each.where) for each in problems] == [
        ("spool-overlaps-head", f"batch {second.batch}")
    ]
