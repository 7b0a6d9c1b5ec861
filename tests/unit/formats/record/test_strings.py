"""Columns of strings over buffers: what the offsets say, and no byte beside."""

from __future__ import annotations

from array import array

import pytest

from affidavit.core.errors import RecordError
from affidavit.formats.record.strings import Coded, Strings, check_range

DATA = b"onethree"


def column(
    *offsets: int, data: bytes | None = DATA, count: int | None = None, first: int = 0, wide: bool = True
) -> Strings:
    """The column that these offsets cut out of the data."""
    values = len(offsets) - 1 - first if count is None else count
    return Strings(
        data=data, offsets=array("q" if wide else "i", offsets), count=values, first=first, wide=wide
    )


@pytest.mark.parametrize("wide", [True, False])
def test_values_are_what_lies_between_offsets(wide: bool) -> None:
    """All of them in order or one by its number, from whichever value the column begins with."""
    whole = column(0, 3, 3, 8, wide=wide)
    assert (len(whole), list(whole)) == (3, [b"one", b"", b"three"])
    assert [whole.value(at) for at in range(3)] == [b"one", b"", b"three"]
    later = column(0, 3, 3, 8, first=1, wide=wide)
    assert (len(later), list(later)) == (2, [b"", b"three"])
    assert (later.value(0), later.value(1)) == (b"", b"three")
    assert list(column(3, 5, 6, wide=wide)) == [b"th", b"r"]


def test_offsets_are_wide_and_begin_at_the_first_unless_said() -> None:
    """64 bits, from number 0 on."""
    assert list(Strings(data=DATA, offsets=array("q", [0, 3]), count=1)) == [b"one"]


def test_a_column_without_bytes() -> None:
    """Holds empty values only."""
    assert list(column(0, 0, 0, data=None)) == [b"", b""]
    assert column(0, 0, 0, data=None).value(1) == b""
    assert list(column(0, data=None)) == []
    with pytest.raises(RecordError):
        list(column(0, 1, data=None))


@pytest.mark.parametrize(
    "offsets", [(0, 9), (0, 3, 2), (5, 3), (-1, 3), (0, 3, 9), (0, 9, 3), (-5, -3), (0, -1, 3)]
)
def test_offsets_that_fall_or_lead_outside(offsets: tuple[int, ...]) -> None:
    """Are refused, and nothing is read by them."""
    with pytest.raises(RecordError, match="fall, or lead outside") as caught:
        list(column(*offsets))
    assert caught.value.code == "column-format"
    with pytest.raises(RecordError):
        for at in range(len(offsets) - 1):
            column(*offsets).value(at)


def test_fewer_offsets_than_values() -> None:
    """A column that is shorter than it says is refused, as is one that begins before its first value."""
    for wide in (True, False):
        assert list(column(0, 3, count=1, wide=wide)) == [b"one"]
        for short in (
            column(0, 3, count=2, wide=wide),
            column(0, 3, count=1, first=1, wide=wide),
            column(0, 3, count=-1, wide=wide),
            column(0, 3, count=1, first=-1, wide=wide),
        ):
            for read in (short.check, short.cuts, iter(short).__next__):
                with pytest.raises(RecordError, match="shorter") as caught:
                    read()
                assert caught.value.code == "column-format"
    with pytest.raises(RecordError):
        column(0, 3, 3, wide=True).value(2)


def test_a_range_lies_within_its_buffer() -> None:
    """Counted in items of their width from the first on, without negative numbers."""
    check_range(bytes(16), count=2, width=8)
    check_range(bytes(16), first=1, count=1, width=8)
    check_range(bytes(16), first=2, count=0, width=8)
    check_range(bytes(0), count=0, width=8)
    for first, count in ((0, 3), (1, 2), (2, 1), (-1, 1), (0, -1), (3, 0)):
        with pytest.raises(RecordError, match="shorter"):
            check_range(bytes(23) if first + count == 3 else bytes(16), first=first, count=count, width=8)


def coded(*codes: int, count: int | None = None) -> Coded:
    """A column of these of two values."""
    return Coded(
        values=column(0, 3, 8), codes=array("i", codes), count=len(codes) if count is None else count
    )


def test_values_of_few_kinds() -> None:
    """Each by its code, in order; only as many as the column has."""
    assert list(coded(1, 0, 1)) == [b"three", b"one", b"three"]
    assert list(coded(1, 0, 1, count=2)) == [b"three", b"one"]
    assert list(coded()) == []


def test_codes_of_no_kind() -> None:
    """Are refused, as are fewer codes than values."""
    for codes in ((2,), (0, -1), (0, 1, 5)):
        with pytest.raises(RecordError, match="lead outside"):
            list(coded(*codes))
    with pytest.raises(RecordError, match="shorter"):
        coded(0, 1, count=3).check()
    with pytest.raises(RecordError, match="shorter"):
        list(coded(0, 1, count=3))
