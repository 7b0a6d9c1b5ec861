"""DER: each value has one accepted spelling, and whatever is cut off, padded or out of place is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from affidavit.core.errors import TimestampError
from affidavit.formats.rfc3161.der import Element, context, encode, encode_integer, encode_oid

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND_US = 1_000_000
JUNE_US = 1_780_315_200 * SECOND_US
"""2026-06-01T12:00:00Z."""


def element(spelled: str) -> Element:
    """The element that the hexadecimal digits spell."""
    return Element.parse(bytes.fromhex(spelled))


def time_us(text: bytes) -> int:
    """The moment of a GeneralizedTime."""
    return Element.parse(bytes((0x18, len(text))) + text).time_us()


@pytest.mark.parametrize(
    "spelled",
    [
        "",
        "05",
        "0402ff",
        "3003020105ff",  # more follows
        "1f00",  # tags of several bytes
        "1f0100",
        "bf0100",
        "3080020105",  # no definite length
        "04800000",
        "048100",  # lengths that fit fewer bytes
        "048105" + "00" * 5,
        "04817f" + "00" * 127,
        "04820080" + "00" * 128,
        "0482",  # a length that is cut off
        "048201",
        "0485ffffffffff00",
        "04fe" + "ff" * 20,
    ],
)
def test_a_value_has_one_spelling(spelled: str) -> None:
    """Cut off, followed by more, with a long tag or a length that is indefinite or not minimal: refused."""
    with pytest.raises(TimestampError):
        element(spelled)


@pytest.mark.parametrize("length", [0, 1, 127, 128, 129, 255, 256, 1000, 65_535, 65_536])
def test_lengths_are_written_and_read_minimally(length: int) -> None:
    """Up to 127 in one byte, else behind a byte that says how many bytes they take."""
    count = (length > 0x7F) + (length > 0xFF) + (length > 0xFFFF)
    head = bytes((0x04, 0x80 | count)) + length.to_bytes(count, "big") if count else bytes((0x04, length))
    content = b"c" * length
    assert encode(0x04, content[:1], content[1:]) == head + content
    read = Element.parse(head + content)
    assert (read.tag, read.content, read.encoded) == (0x04, content, head + content)


def test_a_value_inside_another_does_not_reach_beyond_it() -> None:
    """A field longer than what it stands in is cut off, and a field that is cut short, too."""
    for spelled in ("3003040200", "300104", "30020402", "3003048101", "30041f010000"):
        with pytest.raises(TimestampError, match=r"cut off|not definite|more than one byte"):
            element(spelled).fields()


def test_fields_are_taken_in_order() -> None:
    """Each once, optional ones by their tag; too few or too many are refused."""
    fields = element("3008020105040107a100").fields()
    assert fields.optional(0x04) is None
    assert fields.take().integer() == 5
    with pytest.raises(TimestampError, match="more than it should"):
        fields.end()
    found = fields.optional(0x04)
    assert found is not None
    assert found.encoded == b"\x04\x01\x07"
    assert [field.tag for field in fields.rest()] == [0xA1]
    assert fields.rest() == []
    assert fields.optional(0x04) is None
    fields.end()
    with pytest.raises(TimestampError, match="ends too early"):
        fields.take()


def test_the_only_field() -> None:
    """One field is had, none or two are refused."""
    assert element("31020500").fields(0x31).only().tag == 0x05
    for spelled in ("3000", "300405000500"):
        with pytest.raises(TimestampError):
            element(spelled).fields().only()


def test_a_tag_is_what_it_has_to_be() -> None:
    """A value of another type is refused, by whatever reads it."""
    assert (context(0), context(1), context(1, constructed=False)) == (0xA0, 0xA1, 0x81)
    assert element("0401ff").expect(0x04) == b"\xff"
    readings: list[Callable[[Element], object]] = [
        Element.fields,
        Element.integer,
        Element.oid,
        Element.boolean,
        Element.time_us,
        lambda value: value.expect(0x05),
    ]
    for read in readings:
        with pytest.raises(TimestampError, match="0x04"):
            read(element("0401ff"))


@pytest.mark.parametrize(
    ("content", "number"),
    [
        ("00", 0),
        ("01", 1),
        ("7f", 127),
        ("0080", 128),
        ("00ff", 255),
        ("0100", 256),
        ("017f", 383),
        ("7fff", 32_767),
        ("008000", 32_768),
        ("ff", -1),
        ("80", -128),
        ("ff7f", -129),
        ("fe00", -512),
        ("fe80", -384),
        ("008000000000000005", 2**63 + 5),
    ],
)
def test_integers(content: str, number: int) -> None:
    """Two's complement, read and written in the fewest bytes."""
    data = bytes.fromhex(content)
    assert Element.parse(bytes((0x02, len(data))) + data).integer() == number
    if number >= 0:
        assert encode_integer(number) == bytes((0x02, len(data))) + data


@pytest.mark.parametrize("spelled", ["0200", "02020000", "0202007f", "0202ff80", "0202ffff", "0203000001"])
def test_integers_that_are_not_minimal(spelled: str) -> None:
    """A number has no second spelling with more of its sign in front, and none without digits."""
    with pytest.raises(TimestampError, match="not minimal"):
        element(spelled).integer()


@pytest.mark.parametrize(
    ("content", "dotted"),
    [
        ("27", "0.39"),
        ("28", "1.0"),
        ("2a03", "1.2.3"),
        ("4f", "1.39"),
        ("50", "2.0"),
        ("77", "2.39"),
        ("78", "2.40"),
        ("8837", "2.999"),
        ("2a7f8100", "1.2.127.128"),
        ("2a818001", "1.2.16385"),
        ("2a864886f70d010702", "1.2.840.113549.1.7.2"),
        ("2a81ffffffffffffffff7f", f"1.2.{2**64 - 1}"),
    ],
)
def test_object_identifiers(content: str, dotted: str) -> None:
    """The first byte holds two arcs, of which the second may be large only below 2."""
    data = bytes.fromhex(content)
    spelled = bytes((0x06, len(data))) + data
    assert Element.parse(spelled).oid() == dotted
    assert encode_oid(dotted) == spelled


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "cut off"),
        ("2a86", "cut off"),
        ("80", "cut off"),
        ("8001", "not minimal"),
        ("2a8001", "not minimal"),
        ("2a0380808001", "not minimal"),
        ("2a82808080808080808000", "too large"),
    ],
)
def test_object_identifiers_that_are_none(content: str, said: str) -> None:
    """Empty, cut off, padded with zero digits, or with an arc that 64 bits do not hold."""
    data = bytes.fromhex(content)
    with pytest.raises(TimestampError, match=said):
        Element.parse(bytes((0x06, len(data))) + data).oid()


def test_booleans() -> None:
    """FF is true, 00 is false, and nothing else is either."""
    assert element("0101ff").boolean() is True
    assert element("010100").boolean() is False
    for spelled in ("0100", "010101", "0102ffff", "01020000"):
        with pytest.raises(TimestampError, match="neither"):
            element(spelled).boolean()


@pytest.mark.parametrize(
    ("text", "meant_us"),
    [
        (b"19700101000000Z", 0),
        (b"20260601120000Z", JUNE_US),
        (b"20260601120000.5Z", JUNE_US + 500_000),
        (b"20260601120000.000001Z", JUNE_US + 1),
        (b"20260601120000.0000001Z", JUNE_US + 1),
        (b"20260601120000.1000001Z", JUNE_US + 100_001),
        (b"20260601120000.9999991Z", JUNE_US + SECOND_US),
        (b"20260601120000.000000000000000001Z", JUNE_US + 1),
        (b"99981231235959Z", 253_370_764_799 * SECOND_US),
    ],
)
def test_times(text: bytes, meant_us: int) -> None:
    """UTC to the microsecond; what is finer counts as later, since a token says `before`."""
    assert time_us(text) == meant_us


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"20260601120000", "YYYYMMDD"),
        (b"20260601120000+0000", "YYYYMMDD"),
        (b"202606011200Z", "YYYYMMDD"),
        (b"2026060112000Z", "YYYYMMDD"),
        (b"202606011200000Z", "YYYYMMDD"),
        (b"202606 1120000Z", "YYYYMMDD"),
        (b"20260601120000z", "YYYYMMDD"),
        (b"20260601120000.Z", "minimal digits"),
        (b"20260601120000.50Z", "minimal digits"),
        (b"20260601120000.0Z", "minimal digits"),
        (b"20260601120000.-5Z", "minimal digits"),
        (b"20260601120000.5.5Z", "minimal digits"),
        (b"20260601120000.0000000000000000001Z", "minimal digits"),
        (b"20261301120000Z", "calendar"),
        (b"20260230120000Z", "calendar"),
        (b"20260601120060Z", "calendar"),
        (b"2026060112000\xb2Z", "calendar"),
        (b"99990101000000Z", "9998"),
        (b"99991231235959.9999999Z", "9998"),
    ],
)
def test_times_that_are_none(text: bytes, said: str) -> None:
    """Local, short, padded or impossible times, and those that the calendar has no room to round up."""
    with pytest.raises(TimestampError, match=said):
        time_us(text)
