"""Earlier checkpoints against the log as it is now: it may only have grown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.core.errors import AffidavitError
from affidavit.evidence.report import Difference
from affidavit.formats.tlog.tiles import Tile, tile_at
from affidavit.formats.tlog.tree import root_from_tiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from affidavit.formats.tlog.checkpoint import Checkpoint

HASH_BYTES = 32


def as_of(size: int, read_tile: Callable[[Tile], bytes]) -> Callable[[Tile], bytes]:
    """Tiles as they were in smaller trees: each is the beginning of what the tree of `size` entries has."""

    def read(tile: Tile) -> bytes:
        return read_tile(tile_at(tile.level, tile.index, size=size))[: tile.width * HASH_BYTES]

    return read


def check_growth(
    earlier: Checkpoint, newest: Checkpoint, read_tile: Callable[[Tile], bytes]
) -> list[Difference]:
    """The tree of the newest checkpoint extends the earlier one; `read_tile` reads the newest tree."""
    where = f"checkpoint of {earlier.size} entries"
    if earlier.origin != newest.origin:
        return [Difference("note-origin", where, f"is of {earlier.origin}, not of {newest.origin}")]
    if earlier.size > newest.size:
        return [Difference("rolled-back", where, f"was signed, but the log has {newest.size} entries")]
    try:
        root = root_from_tiles(earlier.size, as_of(newest.size, read_tile))
    except AffidavitError as error:
        return [Difference("tile-missing", where, str(error))]
    if root != earlier.root:
        return [Difference("forked", where, "was signed, and the log is no continuation of it")]
    return []
