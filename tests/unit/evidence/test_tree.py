"""The stored tiles against the signed root: each there, of its length, and hashing to what stands above it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from affidavit.core.errors import NotFoundError
from affidavit.evidence.report import Difference
from affidavit.evidence.tree import check_root, check_tiles, leaves_of, levels, within
from affidavit.formats.tlog.tiles import TILE_WIDTH, Tile, tiles_of
from affidavit.formats.tlog.tree import Frontier, root_from_tiles, subtree_root

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = TILE_WIDTH * (TILE_WIDTH + 2) + 3
"""258 full tiles of leaves and one of 3, two tiles above these, one at the top."""
LEAVES = b"".join(sha256(b"%d" % index).digest() for index in range(SIZE))
FRONTIER, WRITTEN = Frontier.empty().append(LEAVES)
TILES = dict(WRITTEN)
EVERY = [(0, 0, 259), (1, 0, 2), (2, 0, 1)]


def without(*tiles: Tile) -> Callable[[Tile], bytes]:
    """The stored tiles, of which some are missing."""
    held = {tile: data for tile, data in TILES.items() if tile not in tiles}

    def read(tile: Tile) -> bytes:
        if tile not in held:
            raise NotFoundError(f"{tile.path} is not there")
        return held[tile]

    return read


def with_tile(tile: Tile, data: bytes) -> Callable[[Tile], bytes]:
    """The stored tiles, one of which holds something else."""
    return {**TILES, tile: data}.__getitem__


def flipped(tile: Tile, at: int = 0) -> bytes:
    """A tile in which one bit of one byte is another."""
    data = bytearray(TILES[tile])
    data[at] ^= 1
    return bytes(data)


def differences(read_tile: Callable[[Tile], bytes]) -> list[Difference]:
    """What every tile of every level shows."""
    return [each for level, first, end in EVERY for each in check_tiles(read_tile, SIZE, level, first, end)]


def test_levels_are_counted_from_the_leaves_up() -> None:
    """How many tiles each has; a tree without leaves has none."""
    assert levels(SIZE) == [(level, end) for level, _, end in EVERY]
    assert levels(0) == []
    assert levels(1) == [(0, 1)]
    assert levels(255) == [(0, 1)]
    assert levels(256) == [(0, 1), (1, 1)]
    assert levels(257) == [(0, 2), (1, 1)]
    assert sum(count for _, count in levels(SIZE)) == len(list(tiles_of(SIZE)))


def test_whole_tiles_differ_in_nothing() -> None:
    """From every level, in shares as well."""
    assert differences(TILES.__getitem__) == []
    assert check_tiles(TILES.__getitem__, SIZE, 0, 254, 259) == []
    assert check_tiles(TILES.__getitem__, SIZE, 0, 7, 7) == []


@pytest.mark.parametrize("number", [0, 1, 254, 255, 256, 257])
def test_a_full_tile_that_was_altered_is_told(number: int) -> None:
    """By its path, wherever in it; those beside it are not."""
    tile = Tile(0, number)
    for at in (0, 32 * TILE_WIDTH - 1):
        read_tile = with_tile(tile, flipped(tile, at))
        assert check_tiles(read_tile, SIZE, 0, max(0, number - 1), number + 2) == [
            Difference("tile-differs", tile.path, "does not hash to what level 1 holds")
        ]


def test_a_tile_above_that_was_altered_is_told_by_those_below_it() -> None:
    """The one whose hash it no longer holds, and it itself where it is full."""
    tile = Tile(1, 0)
    read_tile = with_tile(tile, flipped(tile, 32 * 255))
    assert check_tiles(read_tile, SIZE, 0, 0, 259) == [
        Difference("tile-differs", Tile(0, 255).path, "does not hash to what level 1 holds")
    ]
    assert check_tiles(read_tile, SIZE, 1, 0, 2) == [
        Difference("tile-differs", tile.path, "does not hash to what level 2 holds")
    ]
    edge = Tile(1, 1, 2)
    read_tile = with_tile(edge, flipped(edge, 32))
    assert [each.where for each in differences(read_tile)] == [Tile(0, 257).path]


def test_a_partial_tile_goes_into_the_root_alone() -> None:
    """No level above holds its hash yet."""
    edge = Tile(0, 258, 3)
    read_tile = with_tile(edge, flipped(edge, 95))
    assert differences(read_tile) == []
    assert [each.code for each in check_root(read_tile, SIZE, FRONTIER.root())] == ["root-differs"]


@pytest.mark.parametrize("tile", [Tile(0, 0), Tile(0, 257), Tile(0, 258, 3), Tile(2, 0, 1)])
def test_a_tile_that_is_missing_is_told(tile: Tile) -> None:
    """Full or partial; the others are looked at all the same."""
    altered = Tile(0, 256)
    held = without(tile)
    found = [(each.code, each.where) for each in differences(held)]
    assert [each for each in found if each[0] == "tile-missing"] == [("tile-missing", tile.path)]
    several = differences(lambda each: flipped(each) if each == altered else held(each))
    assert ("tile-differs", altered.path) in [(each.code, each.where) for each in several]


def test_tiles_below_a_missing_one_do_not_hash_to_it() -> None:
    """Nothing is believed because nothing stands against it."""
    found = check_tiles(without(Tile(1, 1, 2)), SIZE, 0, 250, 259)
    assert [(each.code, each.where) for each in found] == [
        ("tile-differs", Tile(0, 256).path),
        ("tile-differs", Tile(0, 257).path),
    ]


@pytest.mark.parametrize("tile", [Tile(0, 0), Tile(0, 258, 3)])
@pytest.mark.parametrize("change", [-1, -32, 1, 32])
def test_a_tile_of_another_length_is_told(tile: Tile, change: int) -> None:
    """Shorter or longer, be it by a whole hash; nothing else is said of it."""
    whole = TILES[tile]
    data = whole[:change] if change < 0 else whole + bytes(change)
    assert check_tiles(with_tile(tile, data), SIZE, 0, 0, 1) + check_tiles(
        with_tile(tile, data), SIZE, 0, 258, 259
    ) == [Difference("tile-length", tile.path, f"has {len(data)} bytes")]


def test_what_stands_above_is_read_once() -> None:
    """A tile for each 256 below it, not for each one; and hashed by whatever is given for it."""
    read: list[Tile] = []
    hashed: list[int] = []

    def read_tile(tile: Tile) -> bytes:
        read.append(tile)
        return TILES[tile]

    def root_of(data: bytes) -> bytes:
        hashed.append(len(data))
        return subtree_root(data)

    assert check_tiles(read_tile, SIZE, 0, 0, 259, root_of=root_of) == []
    assert [tile for tile in read if tile.level == 1] == [Tile(1, 0), Tile(1, 1, 2)]
    assert hashed == [32 * TILE_WIDTH] * 258
    assert len(check_tiles(TILES.__getitem__, SIZE, 0, 0, 259, root_of=lambda _: bytes(32))) == 258


@pytest.mark.parametrize(
    ("first", "end"),
    [(0, 1), (0, SIZE), (255, 257), (256, 512), (300, 300), (1, 600), (SIZE - 4, SIZE), (SIZE - 3, SIZE)],
)
def test_leaves_of_any_range_are_read_from_their_tiles(first: int, end: int) -> None:
    """Joined, 32 bytes each."""
    assert leaves_of(TILES.__getitem__, SIZE)(first, end) == LEAVES[32 * first : 32 * end]


def test_leaves_that_are_not_there_are_zeros() -> None:
    """So that each is told as one that differs, whether its tile is missing, too short, or too long."""
    expected = LEAVES[32 * 255 : 32 * 256] + bytes(32 * 256) + LEAVES[32 * 512 : 32 * 513]
    assert leaves_of(without(Tile(0, 1)), SIZE)(255, 513) == expected
    short = with_tile(Tile(0, 1), TILES[Tile(0, 1)][:40])
    expected = LEAVES[32 * 255 : 32 * 256 + 40] + bytes(32 * 256 - 40) + LEAVES[32 * 512 : 32 * 513]
    assert leaves_of(short, SIZE)(255, 513) == expected
    long = with_tile(Tile(0, 1), TILES[Tile(0, 1)] + bytes(64))
    assert leaves_of(long, SIZE)(255, 513) == LEAVES[32 * 255 : 32 * 513]


@pytest.mark.parametrize("size", [1, 3, 255, 256, 257, 512, 65_536, 65_537, SIZE])
def test_smaller_trees_are_read_out_of_the_newest(size: int) -> None:
    """Every tile of theirs, without anything else being stored."""
    read_tile = within(TILES.__getitem__, SIZE)
    frontier, tiles = Frontier.empty().append(LEAVES[: 32 * size])
    assert {tile: read_tile(tile) for tile, _ in tiles} == dict(tiles)
    assert root_from_tiles(size, read_tile) == frontier.root()


def test_a_tile_of_a_larger_tree_is_read_as_it_is() -> None:
    """Where it was written ahead of the checkpoint."""
    ahead = Tile(0, 258, 7)
    read_tile = within(with_tile(ahead, b"ahead"), SIZE)
    assert read_tile(ahead) == b"ahead"
    assert read_tile(Tile(0, 258, 3)) == LEAVES[-96:]


def test_the_root_of_the_tiles_has_to_be_the_signed_one() -> None:
    """Or it is told which one they give; and where a tile of the edge is missing, that."""
    assert check_root(TILES.__getitem__, SIZE, FRONTIER.root()) == []
    assert check_root(TILES.__getitem__, SIZE, bytes(32)) == [
        Difference("root-differs", f"tree of size {SIZE}", f"stored tiles give {FRONTIER.root().hex()}")
    ]
    missing = check_root(without(Tile(1, 1, 2)), SIZE, FRONTIER.root())
    assert [(each.code, each.where) for each in missing] == [("tile-missing", f"right edge of size {SIZE}")]
