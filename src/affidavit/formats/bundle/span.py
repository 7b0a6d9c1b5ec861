"""A range of leaves and the few hashes around it that lead to a tree's root (docs/spec/bundle.md, Boundary).

The RFC 6962 tree is walked from the root, left before right. A subtree that holds none of the range's leaves is one
hash of the boundary; one with some of them is split, down to the leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.core.errors import LogFormatError
from affidavit.formats.tlog.merkle import EMPTY_ROOT, node_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def boundary_ranges(first: int, end: int, *, size: int) -> list[tuple[int, int]]:
    """The subtrees [a, b) outside of [first, end), in the order in which a walk comes to them."""
    found: list[tuple[int, int]] = []

    def walk(low: int, high: int) -> None:
        if high <= first or low >= end:
            found.append((low, high))
        elif low < first or high > end:
            middle = low + _split(high - low)
            walk(low, middle)
            walk(middle, high)

    if size:
        walk(0, size)
    return found


def root_around(first: int, leaves: Sequence[bytes], boundary: Sequence[bytes], *, size: int) -> bytes:
    """The root of the tree of `size` leaves from the leaf hashes of [first, first + len(leaves)) and the boundary.

    LogFormatError where the boundary has too few hashes, or too many.
    """
    end = first + len(leaves)
    if not 0 <= first <= end <= size:
        raise LogFormatError(f"leaves {first} to {end} do not lie in a tree of {size}")
    left = iter(boundary)

    def outside() -> bytes:
        try:
            return next(left)
        except StopIteration:
            raise LogFormatError("the boundary has too few hashes") from None

    root = _root(0, size, first, leaves, outside) if size else EMPTY_ROOT
    if next(left, None) is not None:
        raise LogFormatError("the boundary has too many hashes")
    return root


def _root(low: int, high: int, first: int, leaves: Sequence[bytes], outside: Callable[[], bytes]) -> bytes:
    end = first + len(leaves)
    if high <= first or low >= end:
        return outside()
    if low >= first and high <= end:
        return _inside(leaves[low - first : high - first])
    middle = low + _split(high - low)
    left = _root(low, middle, first, leaves, outside)
    return node_hash(left, _root(middle, high, first, leaves, outside))


def _inside(leaves: Sequence[bytes]) -> bytes:
    """The root of a subtree of which every leaf is there: level by level, an odd last node moves up as it is.

    That is RFC 6962's tree, whose subtrees are perfect from the left.
    """
    nodes = list(leaves)
    while len(nodes) > 1:
        odd = nodes[-1:] if len(nodes) & 1 else []
        nodes = [node_hash(a, b) for a, b in zip(nodes[::2], nodes[1::2], strict=False)] + odd
    return nodes[0]


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)
