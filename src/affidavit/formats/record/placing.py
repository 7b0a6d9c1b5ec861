"""Rows in another order than they are stored in, and whether they follow one another: the reference, in Python."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.core.errors import RecordError
from affidavit.formats.record.strings import CODE, check_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Buffer

NONE = -1
_LAST = (1 << 63) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Where `count` records stand and when they came, in buffers: native integers of 64 bits."""

    count: int
    index: Buffer
    seq: Buffer
    received_us: Buffer
    sealed_us: Buffer
    source: Buffer
    """Integers of 32 bits: the record's place in `sources`."""
    sources: Sequence[str]


def numbers(buffer: Buffer) -> array[int]:
    """A copy of native integers of 64 bits."""
    found: array[int] = array("q")
    found.frombytes(memoryview(buffer).cast("B"))
    return found


def ordered(keys: array[int]) -> array[int]:
    """The numbers of the keys from the smallest key to the largest; equal ones as they stand."""
    return array("q", sorted(range(len(keys)), key=keys.__getitem__))


def taken(items: Buffer, order: array[int], *, width: int) -> bytes:
    """The items, of `width` bytes and as many as the order has, in that order.

    RecordError where it names an item that there is none of.
    """
    check_range(items, count=len(order), width=width)
    if order and not 0 <= min(order) <= max(order) < len(order):
        raise RecordError("an order names an item that is not there", code=CODE)
    held = memoryview(items).cast("B")
    return b"".join([held[at * width : (at + 1) * width] for at in order])


def following(
    values: memoryview[int], groups: memoryview[int] | None = None, *, known: int = 1
) -> tuple[int, array[int], array[int]]:
    """How many values, from the first on, are each one more than the value before of the same group.

    Beside it, of each of the `known` groups, the first value and what would follow its last, NONE where there is
    none. Without `groups` all values are of one. A value below 0 follows nothing and nothing follows it.
    """
    firsts, nexts = (array("q", [NONE]) * known for _ in range(2))
    for at, value in enumerate(values):
        group = 0 if groups is None else groups[at]
        if not 0 <= value < _LAST or not 0 <= group < known or nexts[group] not in {NONE, value}:
            return at, firsts, nexts
        if nexts[group] == NONE:
            firsts[group] = value
        nexts[group] = value + 1
    return len(values), firsts, nexts


def ends(
    values: memoryview[int], groups: memoryview[int], group: int, *, but: bool = False
) -> tuple[int, int] | None:
    """Where the least and the greatest of the values stand whose group is `group`, or, with `but`, is not.

    The first of equal ones; None where there is none.
    """
    check_range(groups, count=len(values), width=4)
    places = [at for at in range(len(values)) if (groups[at] == group) != but]
    if not places:
        return None
    return min(places, key=values.__getitem__), max(places, key=values.__getitem__)
