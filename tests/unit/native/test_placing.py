"""Rows are put in order alike by the library and in Python, whatever the keys are."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.errors import RecordError
from affidavit.formats.record import placing as reference
from affidavit.native import placing

LONG = st.integers(-(1 << 63), (1 << 63) - 1) | st.integers(-3, 300)


@given(keys=st.lists(LONG, max_size=300))
def test_order_is_that_of_a_stable_sort(keys: list[int]) -> None:
    """Negative and huge keys, and many of one kind: equal ones stay as they stand."""
    held = array("q", keys)
    order = placing.ordered(held)
    assert order == reference.ordered(held)
    assert [keys[at] for at in order] == sorted(keys)


@given(order=st.permutations(range(40)))
def test_items_are_taken_in_the_order(order: list[int]) -> None:
    """Each item once, where the order has it."""
    joined = b"".join(at.to_bytes(4, "big") for at in range(40))
    taken = placing.taken(joined, array("q", order), width=4)
    assert taken == reference.taken(joined, array("q", order), width=4)
    assert taken == b"".join(at.to_bytes(4, "big") for at in order)


def test_an_order_that_leads_outside_is_refused() -> None:
    """Nothing outside the items is read."""
    for order in ([2, 0], [-1, 0], [0, 1, 2]):
        for take in (placing.taken, reference.taken):
            with pytest.raises(RecordError):
                take(b"abcdefgh", array("q", order), width=4)


@given(
    values=st.lists(st.integers(-1, 4) | st.just((1 << 63) - 1), max_size=12),
    groups=st.lists(st.integers(-1, 3), min_size=12, max_size=12),
    known=st.integers(0, 3),
)
def test_what_follows_is_counted_by_group(values: list[int], groups: list[int], known: int) -> None:
    """Holes, steps back, values that no seq has and groups that nobody knows all end the count."""
    numbers = memoryview(array("q", values))
    of = memoryview(array("i", groups))[: len(values)]
    assert placing.following(numbers, of, known=known) == reference.following(numbers, of, known=known)
    assert placing.following(numbers) == reference.following(numbers)


def test_two_sources_that_alternate_follow() -> None:
    """Each source has its own sequence."""
    values, groups = memoryview(array("q", [5, 0, 6, 1, 7])), memoryview(array("i", [0, 1, 0, 1, 0]))
    assert placing.following(values, groups, known=3) == (5, array("q", [5, 0, -1]), array("q", [8, 2, -1]))


@given(
    values=st.lists(LONG, max_size=40),
    groups=st.lists(st.integers(-1, 2), min_size=40, max_size=40),
    group=st.integers(-1, 3),
    but=st.booleans(),
)
def test_the_ends_of_a_group_are_its_first_least_and_greatest(
    values: list[int], groups: list[int], group: int, *, but: bool
) -> None:
    """Of those in it or of all others; fewer groups than values are refused."""
    numbers, of = memoryview(array("q", values)), memoryview(array("i", groups))
    found = placing.ends(numbers, of, group, but=but)
    assert found == reference.ends(numbers, of, group, but=but)
    among = [value for value, its in zip(values, groups, strict=False) if (its == group) != but]
    assert (found is None) == (not among)
    if found is not None:
        assert (values[found[0]], values[found[1]]) == (min(among), max(among))
    for ends in (placing.ends, reference.ends):
        if values:
            with pytest.raises(RecordError):
                ends(numbers, of[: len(values) - 1], group, but=but)
