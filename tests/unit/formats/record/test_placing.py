"""Rows in another order, and whether they follow one another: what the readable way answers."""

from __future__ import annotations

from array import array

import pytest

from affidavit.core.errors import RecordError
from affidavit.formats.record.placing import NONE, following, numbers, ordered, taken

LAST = 2**63 - 1


def followed(
    *values: int, groups: list[int] | None = None, known: int = 1
) -> tuple[int, list[int], list[int]]:
    """How far the values follow, and the first and the next of each group."""
    held = None if groups is None else memoryview(array("q", groups))
    count, firsts, nexts = following(memoryview(array("q", values)), held, known=known)
    return count, firsts.tolist(), nexts.tolist()


def test_numbers_are_copied() -> None:
    """What changes in the buffer afterwards does not change them."""
    buffer = array("q", [5, -1, LAST])
    copied = numbers(buffer)
    buffer[0] = 6
    assert copied == array("q", [5, -1, LAST])
    assert numbers(b"") == array("q")


def test_order_is_stable() -> None:
    """From the smallest to the largest; equal ones as they stand."""
    assert ordered(array("q", [5, -1, 5, 0, -1])).tolist() == [1, 4, 3, 0, 2]
    assert ordered(array("q")).tolist() == []


def test_items_are_taken_in_an_order() -> None:
    """Whole items of their width, some of them twice; a place that is not there is refused."""
    assert taken(b"aabbcc", array("q", [2, 0, 0]), width=2) == b"ccaaaa"
    assert taken(bytearray(b"abc"), array("q", [0, 1, 2]), width=1) == b"abc"
    assert taken(b"", array("q"), width=8) == b""
    for order in ([3, 0, 1], [-1, 0, 1], [0, 1, 2, 0]):
        with pytest.raises(RecordError) as caught:
            taken(b"aabbcc", array("q", order), width=2)
        assert caught.value.code == "column-format"


def test_values_follow_one_another() -> None:
    """Each one more than the one before, from any start that is not below zero."""
    assert followed() == (0, [NONE], [NONE])
    assert followed(0) == (1, [0], [1])
    assert followed(7, 8, 9) == (3, [7], [10])
    assert followed(7, 9) == (1, [7], [8])
    assert followed(7, 7) == (1, [7], [8])
    assert followed(7, 6) == (1, [7], [8])
    assert followed(-1, 0) == (0, [NONE], [NONE])
    assert followed(LAST - 1, LAST) == (1, [LAST - 1], [LAST])
    assert followed(LAST) == (0, [NONE], [NONE])


def test_each_group_is_followed_by_itself() -> None:
    """Groups that are not known stop it."""
    assert followed(5, 0, 6, 1, groups=[1, 0, 1, 0], known=3) == (4, [0, 5, NONE], [2, 7, NONE])
    assert followed(5, 0, 7, groups=[1, 0, 1], known=2) == (2, [0, 5], [1, 6])
    assert followed(0, 1, groups=[0, 1]) == (1, [0], [1])
    assert followed(0, groups=[-1], known=2) == (0, [NONE, NONE], [NONE, NONE])
    assert followed(0, groups=[2], known=2) == (0, [NONE, NONE], [NONE, NONE])
