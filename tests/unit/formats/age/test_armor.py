"""The armor has one spelling, as strict as PEM can be."""

from __future__ import annotations

from base64 import b64encode

import pytest

from affidavit.core.errors import AgeError
from affidavit.formats.age.armor import decode_armor, encode_armor

BEGIN, END = b"-----BEGIN AGE ENCRYPTED FILE-----\n", b"-----END AGE ENCRYPTED FILE-----\n"
LINE = b64encode(bytes(48))


def refusal(armored: bytes) -> str:
    """Why it is no armor."""
    with pytest.raises(AgeError) as caught:
        decode_armor(armored)
    assert caught.value.code == "age-armor"
    return caught.value.message


def test_lines_have_64_characters() -> None:
    """The last may have fewer, but not none."""
    assert encode_armor(b"") == BEGIN + END
    assert encode_armor(b"abc") == BEGIN + b"YWJj\n" + END
    assert encode_armor(bytes(48)) == BEGIN + LINE + b"\n" + END
    assert encode_armor(bytes(97)) == BEGIN + (LINE + b"\n") * 2 + b"AA==\n" + END
    for size in (0, 1, 3, 47, 48, 49, 96, 97):
        assert decode_armor(encode_armor(bytes(size))) == bytes(size)


def test_white_space_around_and_other_line_ends() -> None:
    """Do no harm, as in age."""
    armored = encode_armor(bytes(60))
    for spelled in (
        armored.replace(b"\n", b"\r\n"),
        armored.removesuffix(b"\n"),
        b" \t\r\n\n" + armored + b"\n\r\n\t ",
    ):
        assert decode_armor(spelled) == bytes(60)


@pytest.mark.parametrize(
    "body",
    [
        LINE + b"AAAA\n",
        LINE[:-4] + b"\n" + LINE + b"\n",
        LINE + b"\n\n",
        b"\n",
        b"\n" + LINE + b"\n",
        LINE + b"\nAAAA\n\n",
        LINE[:32] + b"\n" + LINE[32:] + b"\n",
        LINE + b"AAAA\nAAAA\n",
    ],
)
def test_lines_of_another_length(body: bytes) -> None:
    """Longer ones, shorter ones before the last, empty ones."""
    assert "64 characters" in refusal(BEGIN + body + END)


@pytest.mark.parametrize(
    "body", [b"AAA*\n", b"AAA\n", b"AA=A\n", b"AAAAA\n", b"A A=\n", b"A-_A\n", b"\xff\xff\xff\xff\n"]
)
def test_what_is_no_base64(body: bytes) -> None:
    """Other characters, missing or misplaced padding."""
    assert refusal(BEGIN + body + END) == "the armor is not base64"


def test_base64_has_one_spelling() -> None:
    """Bits behind the last byte are zero."""
    assert decode_armor(BEGIN + b"AA==\n" + END) == b"\x00"
    assert refusal(BEGIN + b"AB==\n" + END) == "the armor is not canonical base64"


@pytest.mark.parametrize(
    "armored",
    [
        b"",
        BEGIN,
        END,
        END + BEGIN,
        BEGIN + b"AAAA\n",
        b"AAAA\n" + END,
        BEGIN + b"AAAA\n" + END + b"x",
        b"x" + BEGIN + b"AAAA\n" + END,
        BEGIN.lower() + b"AAAA\n" + END,
        BEGIN + b"AAAA\n" + END.replace(b"END", b"BEGIN"),
        BEGIN.replace(b"AGE", b"PGP") + b"AAAA\n" + END,
    ],
)
def test_both_frame_lines_are_there(armored: bytes) -> None:
    """And nothing stands beside them."""
    assert "frame lines" in refusal(armored)
