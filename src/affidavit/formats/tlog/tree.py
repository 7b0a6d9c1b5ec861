"""The tree as it grows, and what can be shown from its stored tiles.

Frontier is the sequencer's side: it takes leaf hashes by the batch and returns the tiles to write. The
functions below it are the reader's side: root and proofs from tiles alone, reading only the O(log n) tiles
they need. They compute from what they are given; whether that is the truth is for verify_inclusion and
verify_consistency.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct
from typing import Self

from affidavit.core.errors import LogFormatError
from affidavit.formats.tlog.merkle import EMPTY_ROOT, HASH_BYTES, node_hash
from affidavit.formats.tlog.tiles import TILE_BITS, TILE_WIDTH, Tile, level_hashes, tile_at

ReadTile = Callable[[Tile], bytes]
"""Returns the stored bytes of a tile; for a partial one it may return the full tile that replaced it."""

TileRoot = Callable[[bytes], bytes]
"""Returns the root above the joined hashes of a full tile."""

_TILE_BYTES = TILE_WIDTH * HASH_BYTES
_PAIRS = Struct("64s").iter_unpack
_NODE = sha256(b"\x01")


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: all that is needed to append to it and to know its root."""

    size: int
    """Leaves in the tree."""
    edge: tuple[bytes, ...]
    """The hashes of the last, partial tile of each level; empty where the level ends with a full tile."""

    @classmethod
    def empty(cls) -> Self:
        """The frontier of the tree without leaves."""
        return cls(0, ())

    @classmethod
    def from_tiles(cls, size: int, read_tile: ReadTile) -> Self:
        """The frontier of the stored tree of `size` leaves; reads one partial tile a level at most."""
        edge = []
        level = 0
        while hashes := level_hashes(level, size=size):
            full, width = divmod(hashes, TILE_WIDTH)
            edge.append(_read(read_tile, Tile(level, full, width)) if width else b"")
            level += 1
        return cls(size, tuple(edge))

    def append(
        self, leaves: bytes, *, tile_root: TileRoot | None = None
    ) -> tuple[Frontier, list[tuple[Tile, bytes]]]:
        """The frontier after `leaves` (leaf hashes of 32 bytes, joined) and the tiles that this writes.

        `tile_root` hashes a full tile as `subtree_root` does, which it is where there is none. Tiles come lowest
        level first, each level from left to right, its new partial tile last; levels that got no new hash write
        nothing.
        """
        added, rest = divmod(len(leaves), HASH_BYTES)
        if rest:
            raise LogFormatError(f"leaf hashes of {len(leaves)} bytes are no multiple of {HASH_BYTES}")
        tiles: list[tuple[Tile, bytes]] = []
        edge = list(self.edge)
        fresh = leaves
        level = 0
        while fresh:
            if level == len(edge):
                edge.append(b"")
            index = level_hashes(level, size=self.size) // TILE_WIDTH
            hashes = edge[level] + fresh
            full_bytes = len(hashes) - len(hashes) % _TILE_BYTES
            full = [hashes[at : at + _TILE_BYTES] for at in range(0, full_bytes, _TILE_BYTES)]
            for tile in full:
                tiles.append((Tile(level, index), tile))
                index += 1
            edge[level] = hashes[full_bytes:]
            if edge[level]:
                tiles.append((Tile(level, index, len(edge[level]) // HASH_BYTES), edge[level]))
            fresh = b"".join(map(tile_root or subtree_root, full))
            level += 1
        return Frontier(self.size + added, tuple(edge)), tiles

    def root(self) -> bytes:
        """The RFC 6962 root of the tree."""
        root = b""
        for hashes in self.edge:
            if hashes:
                root = _fold(_peaks(hashes), root)
        return root or EMPTY_ROOT


def subtree_root(hashes: bytes) -> bytes:
    """The root above joined hashes of one level; of a full tile it is the tile's hash one level up."""
    count, rest = divmod(len(hashes), HASH_BYTES)
    if rest:
        raise LogFormatError(f"hashes of {len(hashes)} bytes are no multiple of {HASH_BYTES}")
    return _fold(_peaks(hashes), b"") if count else EMPTY_ROOT


def root_from_tiles(size: int, read_tile: ReadTile) -> bytes:
    """The root of the stored tree of `size` leaves, from the partial tiles at its right edge."""
    return Frontier.from_tiles(size, read_tile).root()


def inclusion_proof(index: int, size: int, read_tile: ReadTile) -> list[bytes]:
    """The RFC 6962 audit path of leaf `index` in the stored tree of `size` leaves, sibling first."""
    if not 0 <= index < size:
        raise LogFormatError(f"the tree of {size} leaves has no leaf {index}")
    read = _Reader(size, read_tile)
    proof = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(read.range_hash(middle, end))
            end = middle
        else:
            proof.append(read.range_hash(start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(size1: int, size2: int, read_tile: ReadTile) -> list[bytes]:
    """The RFC 6962 proof that the tree of `size1` leaves is a prefix of the stored one of `size2`."""
    if not 1 <= size1 <= size2:
        raise LogFormatError(f"no consistency proof leads from {size1} to {size2} leaves")
    read = _Reader(size2, read_tile)
    proof = []
    start, end = 0, size2
    while size1 != end:
        middle = start + _split(end - start)
        if size1 <= middle:
            proof.append(read.range_hash(middle, end))
            end = middle
        else:
            proof.append(read.range_hash(start, middle))
            start = middle
    if start:  # otherwise what remains is the earlier tree itself, whose root the verifier has
        proof.append(read.range_hash(start, end))
    return proof[::-1]


def range_hashes(ranges: Iterable[tuple[int, int]], size: int, read_tile: ReadTile) -> list[bytes]:
    """MTH(D[start:end]) of each range that is a subtree of the stored tree of `size` leaves."""
    read = _Reader(size, read_tile)
    return [read.range_hash(start, end) for start, end in ranges]


class _Reader:
    """Subtree hashes of one stored tree; reads each tile once."""

    def __init__(self, size: int, read_tile: ReadTile) -> None:
        self._size = size
        self._read_tile = read_tile
        self._tiles: dict[tuple[int, int], bytes] = {}

    def range_hash(self, start: int, end: int) -> bytes:
        """MTH(D[start:end]) where `start` is a multiple of the largest power of two in the length."""
        nodes = []
        while start < end:
            height = (end - start).bit_length() - 1
            nodes.append(self._perfect(height, start >> height))
            start += 1 << height
        return _fold(nodes, b"")

    def _perfect(self, height: int, number: int) -> bytes:
        """The root of the perfect subtree `number` among those of 2^height leaves."""
        level, rise = divmod(height, TILE_BITS)
        index, offset = divmod(number << rise, TILE_WIDTH)
        hashes = self._tiles.get((level, index))
        if hashes is None:
            hashes = _read(self._read_tile, tile_at(level, index, size=self._size))
            self._tiles[level, index] = hashes
        return subtree_root(hashes[offset * HASH_BYTES : (offset + (1 << rise)) * HASH_BYTES])


def _read(read_tile: ReadTile, tile: Tile) -> bytes:
    hashes = read_tile(tile)
    if len(hashes) == _TILE_BYTES:
        return hashes[: tile.width * HASH_BYTES]
    if len(hashes) != tile.width * HASH_BYTES:
        raise LogFormatError(f"{tile.path} holds {len(hashes)} bytes instead of {tile.width * HASH_BYTES}")
    return hashes


def _split(count: int) -> int:
    """The largest power of two below `count`, where RFC 6962 splits a tree of so many leaves."""
    return 1 << ((count - 1).bit_length() - 1)


def _parents(hashes: bytes) -> bytes:
    """The node above each pair of hashes, joined: the innermost loop of the log."""
    copy = _NODE.copy  # cheaper than hashing prefix and pair as one new object
    nodes: list[bytes] = []
    append = nodes.append
    for (pair,) in _PAIRS(hashes):
        node = copy()
        node.update(pair)
        append(node.digest())
    return b"".join(nodes)


def _peaks(hashes: bytes) -> list[bytes]:
    """The roots of the perfect subtrees that at most 256 joined hashes fall into, largest first."""
    peaks = []
    while hashes:
        if len(hashes) // HASH_BYTES & 1:
            peaks.append(hashes[-HASH_BYTES:])
            hashes = hashes[:-HASH_BYTES]
        hashes = _parents(hashes)
    return peaks[::-1]


def _fold(nodes: list[bytes], right: bytes) -> bytes:
    """The root above `nodes`, largest first, and `right`, the root of what follows; empty for nothing."""
    root = right
    for node in reversed(nodes):
        root = node_hash(node, root) if root else node
    return root
