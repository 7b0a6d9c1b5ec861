"""Attacks without any key: files and rows of the state database edited, deleted, or put back as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from affidavit.attacks.attack import Attack, Attacker, FoundBy
from affidavit.attacks.victim import CHECKPOINT, LOG, flipped
from affidavit.formats.tlog.tiles import TILE_WIDTH, Tile, level_hashes
from affidavit.ledger.tables import heads, sequences

if TYPE_CHECKING:
    from collections.abc import Callable

    from affidavit.attacks.victim import Victim

_STATE = "state.db"


def _last(victim: Victim, prefix: str, suffix: str = "") -> str:
    return max(name for name in victim.store.names(prefix) if name.endswith(suffix))


def _segment_flipped(victim: Victim) -> None:
    victim.edit(_last(victim, "lake/", ".parquet"), flipped)


def _segment_deleted(victim: Victim) -> None:
    victim.store.delete(_last(victim, "lake/", ".parquet"))


def _metadata_deleted(victim: Victim) -> None:
    for name in [name for name in victim.store.names("lake/") if name.endswith(".avro")]:
        victim.store.delete(name)


def _tile(level: int, *, whole: bool) -> Callable[[Victim], Tile]:
    """A tile of the level: the first, which is full, or the one at the right edge, which is not."""

    def find(victim: Victim) -> Tile:
        hashes = level_hashes(level, size=victim.checkpoint.size)
        index = 0 if whole else hashes // TILE_WIDTH
        return Tile(level, index, min(TILE_WIDTH, hashes - index * TILE_WIDTH))

    return find


def _tile_edited(find: Callable[[Victim], Tile]) -> Callable[[Victim], None]:
    return lambda victim: victim.edit(LOG + find(victim).path, flipped)


def _tile_deleted(find: Callable[[Victim], Tile]) -> Callable[[Victim], None]:
    return lambda victim: victim.store.delete(LOG + find(victim).path)


def _checkpoint_edited(victim: Victim) -> None:
    size = b"\n%d\n" % victim.checkpoint.size
    victim.edit(CHECKPOINT, lambda note: note.replace(size, b"\n%d\n" % (victim.checkpoint.size - 1), 1))


def _signature_edited(victim: Victim) -> None:
    """The note's last letters are those of the last signature."""
    victim.edit(CHECKPOINT, lambda note: note[:-60] + (b"A" if note[-60:-59] != b"A" else b"B") + note[-59:])


def _signature_dropped(victim: Victim) -> None:
    """The quantum-safe signature is taken away; the other stays good."""
    victim.edit(CHECKPOINT, lambda note: b"".join(note.splitlines(keepends=True)[:-1]))


def _checkpoint_deleted(victim: Victim) -> None:
    victim.store.delete(CHECKPOINT)


def _checkpoint_of_yesterday(victim: Victim) -> None:
    name = f"tenants/{victim.tenant}/{CHECKPOINT}"
    victim.root.put(name, victim.yesterday.read(name))


def _state_of_yesterday(victim: Victim) -> None:
    victim.forger.close()
    victim.database.close()
    for name in list(victim.root.names(_STATE)):
        victim.root.delete(name)
    victim.root.put_many([(name, victim.yesterday.read(name)) for name in victim.yesterday.names(_STATE)])


def _everything_of_yesterday(victim: Victim) -> None:
    victim.forger.close()
    victim.database.close()
    kept = set(victim.yesterday.names())
    victim.root.put_many([(name, victim.yesterday.read(name)) for name in kept])
    for name in set(victim.root.names()) - kept:
        victim.root.delete(name)


def _head_edited(victim: Victim) -> None:
    with victim.database.transaction() as connection:
        connection.execute(update(heads).values(root=flipped(victim.checkpoint.root)))


def _sequence_edited(victim: Victim) -> None:
    with victim.database.transaction() as connection:
        connection.execute(update(sequences).values(next_seq=sequences.c.next_seq - 1))


def _spool_deleted(victim: Victim) -> None:
    victim.store.delete(_last(victim, "spool/"))


def _spool_edited(victim: Victim) -> None:
    victim.edit(_last(victim, "spool/"), flipped)


def _kept_edited(victim: Victim) -> None:
    """The first digit of the size in the kept checkpoint, which stands in its second line."""
    victim.edit(_last(victim, "checkpoints/", ".note"), lambda note: note.replace(b"\n", b"\n1", 1))


def _kept_deleted(victim: Victim) -> None:
    """The oldest, and its timestamp where there is one."""
    oldest = min(victim.store.names("checkpoints/")).removesuffix(".note")
    for name in list(victim.store.names(oldest)):
        victim.store.delete(name)


def _attack(
    name: str,
    does: str,
    expected: str,
    apply: Callable[[Victim], None],
    found_by: FoundBy = FoundBy.VERIFY,
) -> Attack:
    return Attack(
        name=name, attacker=Attacker.DISK, does=does, expected=expected, apply=apply, found_by=found_by
    )


_FULL, _EDGE, _ABOVE = _tile(0, whole=True), _tile(0, whole=False), _tile(1, whole=False)
ON_DISK = (
    _attack("flipped-bit-in-segment", "flips a bit of a lake file", "lake-file-altered", _segment_flipped),
    _attack("deleted-segment", "deletes a lake file", "lake-file-missing", _segment_deleted),
    _attack(
        "deleted-lake-metadata", "deletes the manifests of the lake", "lake-file-missing", _metadata_deleted
    ),
    _attack("edited-leaf-tile", "edits a full tile of level 0", "tile-differs", _tile_edited(_FULL)),
    _attack("edited-edge-tile", "edits the tile at the right edge", "root-differs", _tile_edited(_EDGE)),
    _attack("edited-upper-tile", "edits the tile of level 1", "root-differs", _tile_edited(_ABOVE)),
    _attack("deleted-leaf-tile", "deletes a full tile of level 0", "tile-missing", _tile_deleted(_FULL)),
    _attack("deleted-edge-tile", "deletes the tile at the right edge", "tile-missing", _tile_deleted(_EDGE)),
    _attack("deleted-upper-tile", "deletes the tile of level 1", "tile-missing", _tile_deleted(_ABOVE)),
    _attack(
        "edited-checkpoint", "edits the size in the checkpoint", "note-bad-signature", _checkpoint_edited
    ),
    _attack(
        "edited-signature", "edits a signature of the checkpoint", "note-bad-signature", _signature_edited
    ),
    _attack("dropped-signature", "takes one of two signatures away", "note-unsigned", _signature_dropped),
    _attack("deleted-checkpoint", "deletes the newest checkpoint", "not-found", _checkpoint_deleted),
    _attack(
        "replayed-checkpoint",
        "puts yesterday's checkpoint back, so that readers see less",
        "checkpoint-behind",
        _checkpoint_of_yesterday,
    ),
    _attack("edited-kept-checkpoint", "edits a kept checkpoint", "note-bad-signature", _kept_edited),
    _attack(
        "deleted-kept-checkpoint",
        "deletes a kept checkpoint and its timestamp",
        "kept-missing",
        _kept_deleted,
    ),
    _attack("rolled-back-state", "puts yesterday's state database back", "rolled-back", _state_of_yesterday),
    _attack("edited-head", "edits the root in the state database", "head-differs", _head_edited),
    _attack(
        "edited-sequences", "edits the sequences in the state database", "sequences-differ", _sequence_edited
    ),
    _attack("deleted-spool", "deletes what is acknowledged and not yet sealed", "spool-cut", _spool_deleted),
    _attack("edited-spool", "flips a bit of what is not yet sealed", "spool-corrupt", _spool_edited),
    _attack(
        "rolled-back-directory",
        "puts yesterday's whole directory back",
        "rolled-back",
        _everything_of_yesterday,
        FoundBy.CHECKPOINT,
    ),
)
"""Everything that needs nothing but the disk."""
