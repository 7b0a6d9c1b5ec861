"""Bech32 by the published strings of BIP 173, and by ones whose checksum is right but nothing else."""

from __future__ import annotations

import pytest

from affidavit.core.errors import AgeError
from affidavit.formats.age import bech32

LONG = "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio"


@pytest.mark.parametrize(
    ("text", "prefix", "data"),
    [
        ("a12uel5l", "a", ""),
        ("?1ezyfcl", "?", ""),
        (f"{LONG}1tt5tgs", LONG, ""),
        (
            "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
            "abcdef",
            "00443214c74254b635cf84653a56d7c675be77df",
        ),
        ("11" + "q" * 82 + "c8247j", "1", "00" * 51),
        (
            "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
            "split",
            "c5f38b70305f519bf66d85fb6cf03058f3dde463ecd7918f2dc743918f2d",
        ),
    ],
)
def test_valid_strings(text: str, prefix: str, data: str) -> None:
    """They decode in either case, and what fills whole characters is written again as it was."""
    assert bech32.decode(text) == bech32.decode(text.upper()) == (prefix, bytes.fromhex(data))
    if prefix != "1":  # 82 characters hold two bits more than 51 bytes
        assert bech32.encode(prefix, bytes.fromhex(data)) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a prefix, the digit 1"),
        (" 1nwldj5", "a prefix, the digit 1"),
        ("\x7f1axkwrx", "a prefix, the digit 1"),
        ("pzry9x0s0muk", "a prefix, the digit 1"),
        ("1pzry9x0s0muk", "a prefix, the digit 1"),
        ("10a06t8", "a prefix, the digit 1"),
        ("1qzzfhee", "a prefix, the digit 1"),
        ("li1dgmt3", "a prefix, the digit 1"),
        ("ae196y8y", "a prefix, the digit 1"),  # five characters of a checksum that fits
        ("bk1k0jfm", "a prefix, the digit 1"),
        ("\x801eym55h", "ASCII"),
        ("de1lg7wt\xff", "ASCII"),
        ("a12UEL5L", "upper and lower case"),
        ("A12uEL5L", "upper and lower case"),
        ("x1b4n0q5v", "does not use"),
        ("a12uel5i", "does not use"),
        ("A1G7SGD8", "checksum"),
        ("a12uel5q", "checksum"),
        ("b12uel5l", "checksum"),
    ],
)
def test_invalid_strings(text: str, said: str) -> None:
    """No prefix or an unprintable one, no checksum or another, mixed case, other characters."""
    with pytest.raises(AgeError, match=said) as caught:
        bech32.decode(text)
    assert caught.value.code == "age-key"


@pytest.mark.parametrize(
    "text",
    [
        "a1q3g6mn3",  # one character, three, six: five to seven bits too many
        "a1qqqd87cpp",
        "a1qqqqqq3q4q7k",
        "a1qpamnt9j",  # bits behind the last byte that are set, from the lowest to the highest
        "a1qqqg4zwjjf",
        "a1qzngxatd",
        "a1qqqqpmmmrc3",
        "a1qqqqqqp45gxzj",
        "a1qqqqqqy8g74s6",
    ],
)
def test_bits_that_belong_to_no_byte(text: str) -> None:
    """A valid checksum does not excuse them: there is one spelling of the same bytes."""
    with pytest.raises(AgeError, match="belong to no byte"):
        bech32.decode(text)


@pytest.mark.parametrize("size", range(11))
def test_any_number_of_bytes(size: int) -> None:
    """Comes back, zeroes and ones alike, in as few characters as hold them."""
    for data in (bytes(size), b"\xff" * size, bytes(range(1, size + 1))):
        text = bech32.encode("age", data)
        assert bech32.decode(text) == ("age", data)
        assert len(text) == len("age1") + -(-8 * size // 5) + 6
