"""Caseless search through a column: the library and Python find the same, and bad offsets are refused."""

from __future__ import annotations

from array import array
from itertools import accumulate
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from affidavit.core.errors import RecordError
from affidavit.formats.record.strings import Strings
from affidavit.native.find import find, find_plain
from affidavit.native.library import library

if TYPE_CHECKING:
    from collections.abc import Sequence

LETTERS = st.binary(max_size=90) | st.text("abAB@k[`{é", max_size=90).map(str.encode)
NEEDLES = st.binary(min_size=1, max_size=40) | st.text("abAB@k[`{é", min_size=1, max_size=6).map(str.encode)


def column(values: Sequence[bytes], *, wide: bool = True, skipped: int = 0) -> Strings:
    """The values from number `skipped` on, as Arrow would lay out all of them."""
    offsets = array("q" if wide else "i", accumulate(map(len, values), initial=0))
    return Strings(
        data=b"".join(values), offsets=offsets, count=len(values) - skipped, first=skipped, wide=wide
    )


def bits(found: bytearray, count: int) -> list[bool]:
    """The bitmap as a list; nothing is set behind its end."""
    assert not int.from_bytes(found, "little") >> count
    return [bool(found[at >> 3] >> (at & 7) & 1) for at in range(count)]


def expected(needle: bytes, values: Sequence[bytes]) -> list[bool]:
    """What find means."""
    return [needle.lower() in value.lower() for value in values]


def test_the_library_is_there() -> None:
    """Where Affidavit is developed, a compiler is among the locked packages, so the fast way is the tested one."""
    assert library() is not None


@given(needle=NEEDLES, values=st.lists(LETTERS, max_size=40), wide=st.booleans(), data=st.data())
@example(needle=b"ab", values=[b"a", b"b", b"", b"ab"], wide=True, data=None)
def test_a_value_is_found_whatever_its_case(
    needle: bytes, values: list[bytes], wide: bool, data: st.DataObject | None
) -> None:
    """Only ASCII letters fold; a hit that would begin in one value and end in the next is none."""
    skipped = data.draw(st.integers(0, len(values))) if data else 0
    searched = column(values, wide=wide, skipped=skipped)
    meant = expected(needle, values[skipped:])
    assert bits(find(needle, searched), searched.count) == meant
    assert bits(find_plain(needle, searched), searched.count) == meant


@given(
    part=st.integers(0, 200),
    padding=st.integers(0, 200),
    needle=st.text("xyZ", min_size=1, max_size=50).map(str.encode),
)
def test_every_alignment_is_searched(part: int, padding: int, needle: bytes) -> None:
    """The needle may stand at any place of a long value, also at its very end."""
    value = b"." * part + needle.swapcase() + b"." * padding
    found = find(needle, column([b"." * 300, value, b"", value[:-1] if not padding else b"y"]))
    assert bits(found, 4)[:3] == [False, True, False]


def test_an_empty_needle_is_everywhere() -> None:
    """As in every language's `in`."""
    assert bits(find(b"", column([b"a"] * 11)), 11) == [True] * 11
    assert find(b"", column([])) == find(b"a", column([])) == b""


@given(
    offsets=st.lists(st.integers(-(2**40), 2**40) | st.integers(0, 12), min_size=1, max_size=8),
    first=st.integers(-2, 9),
    count=st.integers(-2, 9),
)
def test_offsets_that_lead_astray_are_refused(offsets: list[int], first: int, count: int) -> None:
    """Nothing outside the buffers is ever read: the answer is this project's error."""
    data = b"hello world"
    searched = Strings(data=data, offsets=array("q", offsets), first=first, count=count)
    used = offsets[first : first + count + 1]
    good = first >= 0 and count >= 0 and first + count < len(offsets)
    if good and used == sorted(used) and used[0] >= 0 and used[-1] <= len(data):
        find(b"o", searched)
        return
    for search in (find, find_plain):
        with pytest.raises(RecordError):
            search(b"o", searched)
