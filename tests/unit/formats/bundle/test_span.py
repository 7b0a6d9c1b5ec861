"""Leaves of a range and the boundary around it give the root that all leaves give."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.errors import LogFormatError
from affidavit.formats.bundle.span import boundary_ranges, root_around
from affidavit.formats.tlog.merkle import EMPTY_ROOT, node_hash
from affidavit.formats.tlog.tree import Frontier, range_hashes

if TYPE_CHECKING:
    from affidavit.formats.tlog.tiles import Tile


def plain_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(plain_root(leaves[:split]), plain_root(leaves[split:]))


def leaf(number: int) -> bytes:
    """A leaf hash."""
    return sha256(b"%d" % number).digest()


@given(st.data(), st.integers(0, 90))
def test_any_range_of_any_tree(data: st.DataObject, size: int) -> None:
    """Also an empty range, one at an end, and the whole."""
    first = data.draw(st.integers(0, size))
    end = data.draw(st.integers(first, size))
    leaves = [leaf(at) for at in range(size)]
    boundary = [plain_root(leaves[low:high]) for low, high in boundary_ranges(first, end, size=size)]
    assert root_around(first, leaves[first:end], boundary, size=size) == plain_root(leaves)


@given(st.data(), st.integers(1, 90))
def test_another_leaf_or_hash_gives_another_root(data: st.DataObject, size: int) -> None:
    """Every leaf of the range and every hash of the boundary counts."""
    first = data.draw(st.integers(0, size))
    end = data.draw(st.integers(first, size))
    leaves = [leaf(at) for at in range(size)]
    boundary = [plain_root(leaves[low:high]) for low, high in boundary_ranges(first, end, size=size)]
    inside = leaves[first:end]
    changed = data.draw(st.integers(0, len(inside) + len(boundary) - 1))
    if changed < len(inside):
        inside[changed] = leaf(-1)
    else:
        boundary[changed - len(inside)] = leaf(-1)
    assert root_around(first, inside, boundary, size=size) != plain_root(leaves)


def test_the_boundary_is_read_from_tiles() -> None:
    """From the stored tiles of a larger tree than one tile a level holds."""
    size = 70_000
    leaves = [leaf(at) for at in range(size)]
    frontier, written = Frontier.empty().append(b"".join(leaves))
    stored = {(tile.level, tile.index): data for tile, data in written}

    def read_tile(tile: Tile) -> bytes:
        return stored[tile.level, tile.index][: tile.width * 32]

    for first, end in ((0, size), (255, 257), (1, 65_537), (69_999, 70_000), (300, 300)):
        boundary = range_hashes(boundary_ranges(first, end, size=size), size, read_tile)
        assert root_around(first, leaves[first:end], boundary, size=size) == frontier.root()
        assert len(boundary) <= 34


@pytest.mark.parametrize("hashes", [0, 2])
def test_a_boundary_of_another_length_is_refused(hashes: int) -> None:
    """Too few hashes, too many."""
    with pytest.raises(LogFormatError):
        root_around(0, [leaf(0)], [leaf(1)] * hashes, size=2)


@pytest.mark.parametrize(("first", "count", "size"), [(-1, 1, 2), (2, 1, 2), (0, 3, 2)])
def test_a_range_outside_of_the_tree_is_refused(first: int, count: int, size: int) -> None:
    """Before its beginning, behind its end."""
    with pytest.raises(LogFormatError):
        root_around(first, [leaf(0)] * count, [], size=size)
