"""Files beside the records: objects that open, kept partial tiles, and what the state database says."""

from __future__ import annotations

from hashlib import sha256

import pytest

from affidavit.core.errors import NotFoundError
from affidavit.evidence.report import Difference
from affidavit.evidence.stored import check_head, check_object, check_partial
from affidavit.formats.age.file import encrypt
from affidavit.formats.age.x25519 import X25519Identity
from affidavit.formats.tlog.tiles import Tile
from affidavit.formats.tlog.tree import Frontier

MINE, OTHER = X25519Identity.generate(), X25519Identity.generate()
SIZE = 600
LEAVES = b"".join(sha256(b"%d" % index).digest() for index in range(SIZE))
TILES = dict(Frontier.empty().append(LEAVES)[1])


def test_an_object_opens_or_is_told() -> None:
    """With one of the identities, and not a bit of it changed."""
    data = encrypt(b"secret", [MINE.recipient])
    assert check_object("lake/x.age", data, [OTHER, MINE]) == []
    for at in (30, len(data) - 1):
        altered = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        found = check_object("lake/x.age", altered, [MINE])
        assert [(each.code, each.where) for each in found] == [("file-altered", "lake/x.age")]
        assert found[0].what
    assert [each.code for each in check_object("lake/x.age", data, [OTHER])] == ["file-altered"]


def partial(tile: Tile, data: bytes, *, size: int = SIZE) -> list[tuple[str, str]]:
    """What a kept partial tile shows."""
    found = check_partial(tile.path, data, size, TILES.__getitem__)
    return [(each.code, each.where) for each in found]


@pytest.mark.parametrize(
    "tile", [Tile(0, 0, 1), Tile(0, 0, 255), Tile(0, 1, 7), Tile(0, 2, 88), Tile(0, 2, 1), Tile(1, 0, 1)]
)
def test_a_kept_partial_tile_is_the_beginning_of_the_newest(tile: Tile) -> None:
    """Of a full one or of the newest partial one; anything else, and anything shorter or longer, is told."""
    newest = {(0, 0): Tile(0, 0), (0, 1): Tile(0, 1), (0, 2): Tile(0, 2, 88), (1, 0): Tile(1, 0, 2)}
    data = TILES[newest[tile.level, tile.index]][: 32 * tile.width]
    assert partial(tile, data) == []
    for other in (data[:-1] + bytes([data[-1] ^ 1]), data[:-32], data + bytes(32), b""):
        assert partial(tile, other) == [("tile-differs", tile.path)]


def test_a_tile_ahead_of_the_checkpoint_is_no_difference() -> None:
    """It was written before the checkpoint that will need it."""
    assert partial(Tile(0, 2, 89), b"ahead") == []
    assert partial(Tile(0, 3, 1), b"ahead") == []
    assert partial(Tile(0, 2, 88), b"not ahead") != []
    assert partial(Tile(1, 0, 3), b"ahead") == []


def test_whole_tiles_and_entries_are_checked_elsewhere() -> None:
    """Here only what is kept for readers of an older checkpoint."""
    assert partial(Tile(0, 0), b"anything") == []
    assert check_partial("tile/entries/000.p/7", b"anything", SIZE, TILES.__getitem__) == []


def test_a_path_of_no_tile_is_told() -> None:
    """By itself."""
    found = check_partial("tile/0/../000.p/7", b"", SIZE, TILES.__getitem__)
    assert [(each.code, each.where) for each in found] == [("tile-unknown", "tile/0/../000.p/7")]
    assert found[0].what


def test_a_newest_tile_that_is_missing_is_told_once() -> None:
    """It is reported where all tiles are looked at."""

    def read(tile: Tile) -> bytes:
        raise NotFoundError(f"{tile.path} is not there")

    assert check_partial(Tile(0, 0, 1).path, bytes(32), SIZE, read) == []


ROOT = sha256(b"root").digest()
WHERE = "state database"


def head(stated: tuple[int, bytes] | None, **seqs: int) -> list[Difference]:
    """What the state database shows of a log of ten records of a source `a`."""
    return check_head(stated, seqs or {"a": 10}, 10, ROOT, {"a": 10})


def test_the_state_database_says_what_the_log_says() -> None:
    """Size, root, sequences; sources of which every line was refused have none."""
    assert head((10, ROOT)) == []
    assert head((10, ROOT), a=10, refused=0) == []


def test_a_state_database_that_says_something_else_is_told() -> None:
    """Nothing, less than was published, another root, other sequences, or two of these."""
    assert head(None) == [Difference("head-missing", WHERE, "knows no head of this log")]
    assert head((9, ROOT), a=3) == [
        Difference("rolled-back", WHERE, "knows 9 entries, but 10 were published")
    ]
    assert head((10, bytes(32))) == [Difference("head-differs", WHERE, "has another root")]
    sequences = Difference("sequences-differ", WHERE, "says {'a': 9}, the lake says {'a': 10}")
    assert head((10, ROOT), a=9) == [sequences]
    assert [each.code for each in head((10, bytes(32)), a=10, b=1)] == ["head-differs", "sequences-differ"]


def test_a_state_database_may_be_ahead() -> None:
    """By the step in progress: then nothing can be compared yet."""
    assert head((11, bytes(32)), a=11) == []
