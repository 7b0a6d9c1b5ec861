"""Where the hashes of a tree lie: C2SP tlog-tiles coordinates, widths and paths.

A tile holds up to 256 consecutive hashes of one level; a hash of level `l` is the root of a perfect subtree
of 256^l leaves. A bundle holds the entries below a tile of level 0. Tiles that are not yet full are named by
their width, so that each name has one content for ever.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.core.errors import LogFormatError

if TYPE_CHECKING:
    from collections.abc import Iterator

TILE_BITS = 8
TILE_WIDTH = 1 << TILE_BITS
"""Hashes in a full tile, and entries in a full bundle."""
TILE_BYTES = 32 * TILE_WIDTH
"""Length of a full tile."""
FOLDER_TILES = 1000
"""Tiles in one folder; in the first of a level the folders of the others lie as well."""
PARTIAL = ".p/"
"""What stands before the width in the path of a partial tile or bundle, and in no other path."""
_MAX_LEVEL = 63
_MAX_INDEX = 2**64 - 1
_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True)
class Tile:
    """The tile `index` of `level` with `width` hashes of 32 bytes; 256 is a full tile."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """The path below the log's prefix, for example `tile/0/x001/x234/067.p/112`."""
        return f"tile/{self.level}/{_spell(self.index, self.width)}"

    @property
    def folder(self) -> str:
        """What the paths of the up to a thousand tiles beside it begin with, for example `tile/0/x001/x234/`."""
        return Tile(self.level, self.index).path.rpartition("/")[0] + "/"


@dataclass(frozen=True, slots=True)
class Bundle:
    """The entry bundle `index` with `width` entries; 256 is a full bundle."""

    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """The path below the log's prefix, for example `tile/entries/000`."""
        return f"tile/entries/{_spell(self.index, self.width)}"


def parse_path(path: str) -> Tile | Bundle:
    """The tile or bundle that `path` names; LogFormatError for any other text, respellings included."""
    match = _PATH.fullmatch(path) if path.isascii() else None
    if match is None:
        raise LogFormatError(f"{path[:100]!r} is not the path of a tile or entry bundle")
    level, digits, wide = match.groups()
    index = int(digits.replace("x", "").replace("/", "")) if len(digits) < len(str(_MAX_INDEX)) * 2 else -1
    width = int(wide or TILE_WIDTH)
    found = Bundle(index, width) if level == "entries" else Tile(int(level), index, width)
    in_range = 0 <= index <= _MAX_INDEX and (level == "entries" or int(level) <= _MAX_LEVEL)
    if not in_range or (wide and width >= TILE_WIDTH) or found.path != path:
        raise LogFormatError(f"{path[:100]!r} is not the path of a tile or entry bundle")
    return found


def level_hashes(level: int, *, size: int) -> int:
    """How many hashes `level` has in the tree of `size` leaves, over all its tiles."""
    if level < 0 or size < 0:
        raise LogFormatError(f"no tree has {size} leaves and a level {level}")
    return size >> (TILE_BITS * level)


def tile_at(level: int, index: int, *, size: int) -> Tile:
    """The tile `index` of `level` in the tree of `size` leaves; LogFormatError where it is empty."""
    width = min(TILE_WIDTH, level_hashes(level, size=size) - index * TILE_WIDTH)
    if index < 0 or width < 1:
        raise LogFormatError(f"the tree of {size} leaves has no tile {index} of level {level}")
    return Tile(level, index, width)


def bundle_at(index: int, *, size: int) -> Bundle:
    """The bundle `index` as wide as the tree of `size` leaves makes it; LogFormatError where empty."""
    return Bundle(index, tile_at(0, index, size=size).width)


def right_edge(size: int) -> list[Tile]:
    """The partial tiles of the tree of `size` leaves, lowest level first; levels without one are left out."""
    tiles = []
    level = 0
    while hashes := level_hashes(level, size=size):
        if width := hashes % TILE_WIDTH:
            tiles.append(Tile(level, hashes // TILE_WIDTH, width))
        level += 1
    return tiles


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of the tree of `size` leaves, lowest level first."""
    return grown_tiles(0, size)


def grown_tiles(size1: int, size2: int) -> Iterator[Tile]:
    """The tiles that growth from `size1` to `size2` leaves writes, in the order of Frontier.append."""
    level = 0
    while hashes2 := level_hashes(level, size=size2):
        hashes1 = level_hashes(level, size=size1)
        if hashes2 > hashes1:
            full = hashes2 // TILE_WIDTH
            for index in range(hashes1 // TILE_WIDTH, full):
                yield Tile(level, index)
            if width := hashes2 % TILE_WIDTH:
                yield Tile(level, full, width)
        level += 1


def _spell(index: int, width: int) -> str:
    groups = [f"{index % FOLDER_TILES:03d}"]
    while index := index // FOLDER_TILES:
        groups.append(f"x{index % FOLDER_TILES:03d}")
    name = "/".join(reversed(groups))
    return name if width == TILE_WIDTH else f"{name}{PARTIAL}{width}"
