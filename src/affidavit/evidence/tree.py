"""The stored tiles against the root that was signed: every tile of every level, from the leaves up."""

from __future__ import annotations

from collections.abc import Callable

from affidavit.core.errors import AffidavitError
from affidavit.evidence.report import Difference
from affidavit.formats.tlog.tiles import TILE_WIDTH, Tile, level_hashes
from affidavit.formats.tlog.tree import root_from_tiles, subtree_root

ReadTile = Callable[[Tile], bytes]
HASH_BYTES = 32


def leaves_of(read_tile: ReadTile, size: int) -> Callable[[int, int], bytes]:
    """What gives the stored level-0 hashes of [a, b), joined; a tile that is missing gives zeros."""

    def leaves(first: int, end: int) -> bytes:
        tiles = range(first // TILE_WIDTH, -(-end // TILE_WIDTH))
        joined = b"".join(
            _or_zeros(read_tile, Tile(0, n, min(TILE_WIDTH, size - n * TILE_WIDTH))) for n in tiles
        )
        skip = first - tiles.start * TILE_WIDTH
        return joined[skip * HASH_BYTES : (skip + end - first) * HASH_BYTES]

    return leaves


def _or_zeros(read_tile: ReadTile, tile: Tile) -> bytes:
    try:
        data = read_tile(tile)
    except AffidavitError:
        data = b""
    return data[: tile.width * HASH_BYTES].ljust(tile.width * HASH_BYTES, b"\0")


def check_tiles(  # noqa: PLR0913 - where the tiles are, which of them, and what hashes them
    read_tile: ReadTile,
    size: int,
    level: int,
    first: int,
    end: int,
    *,
    root_of: Callable[[bytes], bytes] = subtree_root,
) -> list[Difference]:
    """Tiles [first, end) of a level: there, of the right length, and hashing to what the level above says.

    `root_of` gives the root above the joined hashes of a full tile.
    """
    differences = []
    hashes = level_hashes(level, size=size)
    above: dict[int, bytes] = {}
    for number in range(first, end):
        tile = Tile(level, number, min(TILE_WIDTH, hashes - number * TILE_WIDTH))
        try:
            data = read_tile(tile)
        except AffidavitError as error:
            differences.append(Difference("tile-missing", tile.path, str(error)))
            continue
        if len(data) != tile.width * HASH_BYTES:
            differences.append(Difference("tile-length", tile.path, f"has {len(data)} bytes"))
            continue
        if tile.width < TILE_WIDTH:
            continue  # the right edge goes into the root itself
        parent = number // TILE_WIDTH
        if parent not in above:
            width = min(TILE_WIDTH, level_hashes(level + 1, size=size) - parent * TILE_WIDTH)
            above[parent] = _or_zeros(read_tile, Tile(level + 1, parent, width))
        at = number % TILE_WIDTH * HASH_BYTES
        if root_of(data) != above[parent][at : at + HASH_BYTES]:
            differences.append(
                Difference("tile-differs", tile.path, f"does not hash to what level {level + 1} holds")
            )
    return differences


def levels(size: int) -> list[tuple[int, int]]:
    """(level, number of tiles) of a tree, from the leaves up."""
    found = []
    level = 0
    while count := level_hashes(level, size=size):
        found.append((level, -(-count // TILE_WIDTH)))
        level += 1
    return found


def within(read_tile: ReadTile, size: int) -> ReadTile:
    """What reads tiles of smaller trees out of those of the tree of `size`, whatever else is stored."""

    def read(tile: Tile) -> bytes:
        newest = min(TILE_WIDTH, level_hashes(tile.level, size=size) - tile.index * TILE_WIDTH)
        if newest < tile.width:
            return read_tile(tile)  # of a tree that is larger
        return read_tile(Tile(tile.level, tile.index, newest))[: tile.width * HASH_BYTES]

    return read


def check_root(read_tile: ReadTile, size: int, root: bytes) -> list[Difference]:
    """The root of the stored tiles is the signed one."""
    try:
        stored = root_from_tiles(size, read_tile)
    except AffidavitError as error:
        return [Difference("tile-missing", f"right edge of size {size}", str(error))]
    if stored != root:
        return [Difference("root-differs", f"tree of size {size}", f"stored tiles give {stored.hex()}")]
    return []
