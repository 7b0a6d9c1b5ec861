"""What a step that never counted has stored of the tree goes, however large the log is, and nothing else does."""

from __future__ import annotations

from hashlib import shake_256

import pytest

from affidavit.formats.tlog.tiles import tiles_of
from affidavit.formats.tlog.tree import Frontier
from affidavit.ledger.log import Log
from affidavit.storage.memory import MemoryStore

FOLDER = 1000 * 256
"""Leaves below the tiles of one folder."""


def _leaves(count: int) -> bytes:
    return shake_256(b"leaves").digest(32 * count)


@pytest.mark.parametrize(
    ("counted", "written"),
    [
        (0, 1),
        (0, 70_000),
        (1, 257),
        (70_000, 70_001),
        (FOLDER - 10, FOLDER + 300),
        (FOLDER + 300, FOLDER + 999),
    ],
)
def test_tiles_behind_the_tree_are_deleted(counted: int, written: int) -> None:
    """Across levels and folders; what is left is the tree of the records that count."""
    store = MemoryStore()
    log = Log(store, "log/")
    frontier = Frontier.empty()
    if counted:
        frontier = log.grow(frontier, _leaves(counted)).frontier
    before = {name: store.read(name) for name in store.names("log/")}
    assert before.keys() == {f"log/{tile.path}" for tile in tiles_of(counted)}
    log.grow(frontier, _leaves(written - counted))
    store.put("log/tile/0/readme", b"none of Affidavit's")
    assert log.truncate(counted) == len(set(tiles_of(written)) - set(tiles_of(counted)))
    store.delete("log/tile/0/readme")
    assert {name: store.read(name) for name in store.names("log/")} == before
    assert log.truncate(counted) == 0
