"""The base64 of age headers has one spelling."""

from __future__ import annotations

import pytest

from affidavit.core.errors import AgeError
from affidavit.formats.age.text import decode_base64, encode_base64


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"", ""), (b"\x00", "AA"), (b"ab", "YWI"), (b"abc", "YWJj"), (b"abcd", "YWJjZA"), (b"\xfb\xff", "+/8")],
)
def test_base64_without_padding(data: bytes, text: str) -> None:
    """Written and read in the standard alphabet."""
    assert encode_base64(data) == text
    assert decode_base64(text, what="x") == data


@pytest.mark.parametrize(
    "text", ["A", "AAAAA", "AA==", "AAA=", "AB", "AAB", "-_8", "A A", "AA\n", "A*A", "ÄA", "=", "===="]
)
def test_other_spellings(text: str) -> None:
    """Padding, set bits behind the last byte, other alphabets and white space are refused by name."""
    with pytest.raises(AgeError, match=r"^a salt is not (canonical )?base64$") as caught:
        decode_base64(text, what="a salt")
    assert caught.value.code == "age-header"
