"""Query columns over buffers are checked for their length before anybody reads them."""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from affidavit.core.errors import RecordError
from affidavit.formats.record.queried import INTEGERS, WORDS, Queried, Words, doubtful
from affidavit.formats.record.strings import Strings

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
        parts=strings(count),
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


def test_parts_of_another_number_of_records() -> None:
    """Are refused."""
    refused([replace(queried(), parts=strings(8)), replace(queried(), parts=strings(10))])


def test_without_the_library_every_row_is_derived_again() -> None:
    """No row is taken to be right."""
    assert list(doubtful(queried(3))) == [0, 1, 2]
