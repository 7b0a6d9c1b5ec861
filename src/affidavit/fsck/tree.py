"""The stored log against its head: every tile that should be there, none that should not, and the checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.core.errors import AffidavitError, LogFormatError, VerificationError
from affidavit.evidence.tree import check_root, check_tiles, levels
from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.tiles import TILE_WIDTH, Bundle, Tile, level_hashes, parse_path
from affidavit.formats.tlog.tree import Frontier
from affidavit.fsck.problem import Problem
from affidavit.native.tree import subtree_root

if TYPE_CHECKING:
    from collections.abc import Callable

    from affidavit.ledger.heads import Head
    from affidavit.ledger.log import Log
    from affidavit.storage.interfaces import ObjectStore

_LEAVES_AT_ONCE = TILE_WIDTH * TILE_WIDTH
HASH_BYTES = 32


def check_published(note: bytes | None, head: Head) -> list[Problem]:
    """What readers get does not contradict the head; `note` was read before the head, which only moves on."""
    if note is None:
        return [Problem("checkpoint-missing", "log/checkpoint", "is not there", derivable=True)]
    try:
        published = parse_checkpoint(parse_note(note).text)
    except LogFormatError as error:
        return [Problem("checkpoint-altered", "log/checkpoint", str(error))]
    if published.size > head.size:
        what = f"knows {head.size} entries, but {published.size} were published"
        return [Problem("rolled-back", "state database", what)]
    if published.size == head.size and published.root != head.root:
        return [Problem("head-differs", "state database", "has another root than the published checkpoint")]
    return []


def check_stored_tiles(store: ObjectStore, prefix: str, log: Log, head: Head) -> list[Problem]:
    """Every tile of the head's tree is there and hashes up to its root."""
    differences = check_root(log.read_tile, head.size, head.root)
    for level, count in levels(head.size):
        differences += check_tiles(log.read_tile, head.size, level, 0, count, root_of=subtree_root)
    problems = [
        Problem(each.code, each.where, each.what, derivable=True) for each in dict.fromkeys(differences)
    ]
    return problems + check_other_tiles(store, prefix, head.size)


def check_other_tiles(store: ObjectStore, prefix: str, size: int) -> list[Problem]:
    """Objects among the tiles that are none of the tree's, or no longer needed."""
    problems = []
    for name in store.names(f"{prefix}tile/"):
        path = name.removeprefix(prefix)
        try:
            tile = parse_path(path)
        except LogFormatError:
            problems.append(Problem("tile-unknown", path, "is not the path of a tile"))
            continue
        if isinstance(tile, Bundle):
            problems.append(Problem("tile-unknown", path, "entries are served from the lake"))
        elif tile.index * TILE_WIDTH + tile.width > level_hashes(tile.level, size=size):
            what = f"lies beyond the head of {size} entries"
            problems.append(Problem("tile-beyond-head", path, what, derivable=True, harmless=True))
    return problems


def rebuilt_tiles(head: Head, log: Log, leaves: Callable[[int, int], bytes]) -> list[tuple[Tile, bytes]]:
    """The tiles that are missing or differ, from leaf hashes [a, b) that the lake's records give.

    VerificationError where the records do not give the head's root: then what is stored was changed, and no
    tile may be written that would agree with it.
    """
    frontier = Frontier.empty()
    wanted: dict[tuple[int, int], tuple[Tile, bytes]] = {}
    for first in range(0, head.size, _LEAVES_AT_ONCE):
        frontier, tiles = frontier.append(leaves(first, min(head.size, first + _LEAVES_AT_ONCE)))
        for tile, data in tiles:
            wanted.pop((tile.level, tile.index), None)
            if tile.width < TILE_WIDTH or not _stored(log, tile, data):
                wanted[tile.level, tile.index] = (tile, data)
    if frontier.root() != head.root:
        raise VerificationError(
            f"the lake's records give the root {frontier.root().hex()}, not the signed {head.root.hex()}",
            code="root-differs",
        )
    return [(tile, data) for tile, data in wanted.values() if not _stored(log, tile, data)]


def _stored(log: Log, tile: Tile, data: bytes) -> bool:
    try:
        return log.read_tile(tile) == data
    except AffidavitError:
        return False
