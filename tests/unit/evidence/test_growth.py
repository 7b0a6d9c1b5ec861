"""An earlier checkpoint against the log as it is: a continuation, a fork, or less than was signed."""

from __future__ import annotations

import pytest
from tests.running.signed_log import ORIGIN, SignedLog

from affidavit.core.errors import NotFoundError
from affidavit.evidence.growth import as_of, check_growth
from affidavit.evidence.report import Difference
from affidavit.formats.tlog.checkpoint import Checkpoint
from affidavit.formats.tlog.tiles import Tile
from affidavit.formats.tlog.tree import Frontier

LOG = SignedLog()
SIZE = 700
FRONTIER, WRITTEN = Frontier.empty().append(LOG.leaves(SIZE))
TILES = dict(WRITTEN)
NEWEST = Checkpoint(ORIGIN, SIZE, FRONTIER.root())


def state(size: int, log: SignedLog = LOG) -> Checkpoint:
    """What the log said of itself then."""
    return Checkpoint(ORIGIN, size, Frontier.empty().append(log.leaves(size))[0].root())


@pytest.mark.parametrize("size", [0, 1, 255, 256, 300, 512, 699, 700])
def test_what_the_log_continues_differs_in_nothing(size: int) -> None:
    """From any earlier state, and from the newest itself."""
    assert check_growth(state(size), NEWEST, TILES.__getitem__) == []


@pytest.mark.parametrize("size", [1, 255, 256, 300, 700])
def test_what_it_does_not_continue_is_a_fork(size: int) -> None:
    """Signed, but of other records."""
    assert check_growth(state(size, SignedLog(salt="x")), NEWEST, TILES.__getitem__) == [
        Difference(
            "forked", f"checkpoint of {size} entries", "was signed, and the log is no continuation of it"
        )
    ]


def test_less_than_was_signed_is_a_rollback() -> None:
    """By one entry or all."""
    for newest in (state(699), state(0)):
        assert check_growth(state(700), newest, TILES.__getitem__) == [
            Difference(
                "rolled-back",
                "checkpoint of 700 entries",
                f"was signed, but the log has {newest.size} entries",
            )
        ]


def test_a_checkpoint_of_another_log_is_told() -> None:
    """Whatever its tree."""
    other = Checkpoint("another.example/log", 5, bytes(32))
    assert check_growth(other, NEWEST, TILES.__getitem__) == [
        Difference("note-origin", "checkpoint of 5 entries", f"is of another.example/log, not of {ORIGIN}")
    ]


def test_a_tile_that_is_missing_is_told() -> None:
    """Without it nobody can say whether the log only grew."""

    def read(tile: Tile) -> bytes:
        raise NotFoundError(f"{tile.path} is not there")

    found = check_growth(state(300), NEWEST, read)
    assert [(each.code, each.where) for each in found] == [("tile-missing", "checkpoint of 300 entries")]


def test_tiles_of_a_smaller_tree_are_the_beginnings_of_the_newest() -> None:
    """32 bytes a hash."""
    read_tile = as_of(SIZE, TILES.__getitem__)
    leaves = LOG.leaves(SIZE)
    assert read_tile(Tile(0, 2, 3)) == leaves[32 * 512 : 32 * 515]
    assert read_tile(Tile(0, 1)) == leaves[32 * 256 : 32 * 512]
    assert read_tile(Tile(1, 0, 1)) == TILES[Tile(1, 0, 2)][:32]
