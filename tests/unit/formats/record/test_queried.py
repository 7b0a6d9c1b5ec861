"""Query columns over buffers are checked for their length before anybody reads them."""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from affidavit.core.errors import RecordError
from affidavit.formats.record.queried import INTEGERS, WORDS, Queried, Words, examined
from affidavit.formats.record.sealed import Sealed, leaves_of
from affidavit.formats.record.strings import Strings
from affidavit.native import leaves as native

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTHS = {"time_us": 8, "class_uid": 4, "activity_id": 4, "type_uid": 8, "severity_id": 4}
NAMES = (
    "outcome action activity actor_uid actor_name actor_email actors resources src_ip src_net".split()  # noqa: SIM905 - a list of words
)


def strings(count: int) -> Strings:
    """A column of empty values."""
    return Strings(data=None, offsets=array("q", [0] * (count + 1)), count=count)


def queried(count: int = 9, *, known: bytes | None = None, known_first: int = 0) -> Queried:
    """Columns that fit, the words of which have this bitmap."""
    return Queried(
        count=count,
        integers={name: bytes(width * count) for name, width in WIDTHS.items()},
        words={name: Words(strings=strings(count), known=known, known_first=known_first) for name in NAMES},
    )


def refused(columns: Iterable[Queried]) -> None:
    """Each of them is refused as a column of another form."""
    for column in columns:
        with pytest.raises(RecordError) as caught:
            column.check()
        assert caught.value.code == "column-format"


def test_the_columns_are_those_of_the_lake() -> None:
    """Each integer with its width, each word, and no others."""
    assert INTEGERS == WIDTHS
    assert list(WORDS) == NAMES


@pytest.mark.parametrize("count", [0, 1, 9])
def test_columns_that_fit(count: int) -> None:
    """Any number of records, none included, with bitmaps or without; longer buffers do no harm."""
    queried(count).check()
    queried(count, known=bytes((count + 7) // 8)).check()
    queried(count, known=bytes(9)).check()


@pytest.mark.parametrize("name", WIDTHS)
def test_a_column_of_integers_that_is_too_short(name: str) -> None:
    """By one byte is too short."""
    sound = queried()
    refused([replace(sound, integers={**sound.integers, name: bytes(9 * WIDTHS[name] - 1)})])


@pytest.mark.parametrize("name", NAMES)
def test_a_column_of_words_that_is_too_short(name: str) -> None:
    """Fewer values, more values or a bitmap without their bits."""
    sound = queried()
    for words in (
        Words(strings=strings(8)),
        Words(strings=strings(10)),
        Words(strings=strings(9), known=b"\xff"),
        Words(strings=strings(9), known=b"\xff\xff", known_first=8),
    ):
        refused([replace(sound, words={**sound.words, name: words})])


def test_a_bitmap_has_a_bit_for_each_value() -> None:
    """From its first bit on."""
    queried(9, known=b"\xff\xff").check()
    queried(9, known=b"\xff\xff", known_first=7).check()
    queried(8, known=b"\xff").check()
    queried(7, known=b"\xff", known_first=1).check()
    refused([queried(9, known=b"\xff"), queried(9, known=b"\xff\xff", known_first=8)])
    refused([queried(8, known=b"\xff", known_first=1)])


class Halves:
    """Three values in two pieces, and as many as they are said to be."""

    def __init__(self, count: int = 3) -> None:
        self.count = count

    def pieces(self) -> list[Strings]:
        """The first two and the third."""
        return [Strings.of([b"\n\n\nf\nr"] * 2), Strings.of([b"\n\n\nf\nr"])]


def sealed(parts: Halves | Strings) -> Sealed:
    """Records with these parts and else all alike."""
    return Sealed(
        count=parts.count,
        ids=bytes(64),
        salts=bytes(64),
        classes=bytes(16),
        received_us=bytes(32),
        seqs=array("q", range(4)),
        kind=b"event",
        mapper=b"m",
        source=b"s",
        parts=parts,
    )


def test_without_the_library_every_row_is_derived_again() -> None:
    """No row is taken to be right, in whatever pieces the parts come; each has its leaf and its parts."""
    found = list(examined(sealed(Halves()), queried(3)))
    assert [list(piece.doubts) for piece in found] == [[0, 1], [0]]
    assert [list(piece.parts) for piece in found] == [[b"\n\n\nf\nr"] * 2, [b"\n\n\nf\nr"]]
    whole = sealed(Strings.of([b"\n\n\nf\nr"] * 3))
    assert b"".join(piece.leaves for piece in found) == leaves_of(whole) == leaves_of(sealed(Halves()))


@pytest.mark.parametrize("count", [2, 4])
def test_pieces_that_are_not_as_many_as_they_are_said_to_be(count: int) -> None:
    """Are refused, in Python and by the library: nothing is read that belongs to no row."""
    for way in (examined, native.examined):
        with pytest.raises(RecordError, match=f"does not have {count} values"):
            list(way(sealed(Halves(count)), queried(count)))
        with pytest.raises(RecordError, match="does not have 3 values"):
            list(way(sealed(Halves()), queried(count)))
