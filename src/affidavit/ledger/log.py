"""The stored log: C2SP tiles and the checkpoint, as objects under one prefix, in the layout that is served.

The order of a commit is the caller's: tiles first, then the head, then the checkpoint. Tiles above a head that was
never moved are of no log, as the next attempt may hold other records: `truncate` comes before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from affidavit.core.errors import LogFormatError, NotFoundError, VerificationError
from affidavit.formats.tlog.tiles import FOLDER_TILES, TILE_WIDTH, Tile, level_hashes, parse_path
from affidavit.formats.tlog.tree import Frontier, root_from_tiles
from affidavit.native.tree import subtree_root

if TYPE_CHECKING:
    from affidavit.storage.interfaces import ObjectStore

_CHECKPOINT = "checkpoint"


class Grown(NamedTuple):
    """What a batch of leaves has made of the tree."""

    frontier: Frontier
    root: bytes
    superseded: list[Tile]
    """Partial tiles of the smaller tree that are full now."""


class Log:
    """The tiles and the checkpoint of one log."""

    def __init__(self, store: ObjectStore, prefix: str) -> None:
        """`prefix` ends with a slash, such as `log/`."""
        self._store = store
        self._prefix = prefix

    def read_tile(self, tile: Tile) -> bytes:
        """A stored tile; where a partial one has since filled up, the beginning of the full one."""
        try:
            return self._store.read(self._prefix + tile.path)
        except NotFoundError:
            if tile.width == TILE_WIDTH:
                raise
            full = self._store.read(self._prefix + Tile(tile.level, tile.index).path)
            return full[: tile.width * 32]

    def frontier(self, size: int) -> Frontier:
        """The right edge of the stored tree of `size` leaves."""
        return Frontier.from_tiles(size, self.read_tile)

    def grow(self, frontier: Frontier, leaves: bytes) -> Grown:
        """Append leaf hashes (32 bytes each, joined); durable on return.

        The root is recomputed from what was stored; VerificationError where it is not what was meant.
        """
        grown, tiles = frontier.append(leaves, tile_root=subtree_root)
        self._store.put_many([(self._prefix + tile.path, data) for tile, data in tiles])
        for tile, data in tiles:
            if self._store.read(self._prefix + tile.path) != data:
                raise VerificationError(
                    f"{tile.path} does not read back as it was written", code="tile-differs"
                )
        root = root_from_tiles(grown.size, self.read_tile)
        if root != grown.root():
            raise VerificationError(
                f"the stored tiles of size {grown.size} have another root", code="root-differs"
            )
        superseded = [
            Tile(tile.level, tile.index)
            for tile, _ in tiles
            if tile.width == TILE_WIDTH and _was_partial(frontier, tile)
        ]
        return Grown(grown, root, superseded)

    def forget_partials(self, superseded: list[Tile]) -> None:
        """Delete the partial forms of tiles that are full now; whoever asks for one gets the full tile."""
        for tile in superseded:
            for name in list(self._store.names(f"{self._prefix}{tile.path}.p/")):
                self._store.delete(name)

    def truncate(self, size: int) -> int:
        """Delete the stored tiles that are none of the tree of `size` leaves; how many there were.

        They are looked for from its right edge on, up to the first folder without any.
        """
        dropped = level = 0
        while True:
            hashes = level_hashes(level, size=size)
            beyond = self._beyond(level, hashes)
            for name in beyond:
                self._store.delete(name)
            dropped += len(beyond)
            if not hashes and not beyond:
                return dropped
            level += 1

    def _beyond(self, level: int, hashes: int) -> set[str]:
        """The objects of a level that hold more than its first `hashes`."""
        beyond: set[str] = set()
        index = hashes // TILE_WIDTH
        while names := list(self._store.names(self._prefix + Tile(level, index).folder)):
            beyond |= {name for name in names if _reaches(name.removeprefix(self._prefix), hashes)}
            index += FOLDER_TILES
        return beyond

    def publish(self, checkpoint: bytes) -> None:
        """Replace the checkpoint that readers get."""
        self._store.put(self._prefix + _CHECKPOINT, checkpoint)

    def checkpoint(self) -> bytes:
        """The published checkpoint; NotFoundError before the first."""
        return self._store.read(self._prefix + _CHECKPOINT)


def _reaches(path: str, hashes: int) -> bool:
    """Whether it is a tile with more than the first `hashes` of its level; other objects are for verification."""
    try:
        tile = parse_path(path)
    except LogFormatError:
        return False
    return isinstance(tile, Tile) and tile.index * TILE_WIDTH + tile.width > hashes


def _was_partial(frontier: Frontier, tile: Tile) -> bool:
    return tile.level < len(frontier.edge) and frontier.size >> 8 * (tile.level + 1) == tile.index
