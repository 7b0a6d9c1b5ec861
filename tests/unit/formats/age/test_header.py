"""Age headers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.errors import AgeError
from affidavit.formats.age.header import Stanza, encode_header, find_end, parse_header

KEY = b"k" * 16
ARGUMENTS = st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1), min_size=1)
STANZAS = st.lists(st.builds(Stanza, ARGUMENTS.map(tuple), st.binary(max_size=200)), min_size=1, max_size=5)


@given(STANZAS, st.binary())
def test_headers_read_back(stanzas: list[Stanza], payload: bytes) -> None:
    """Any stanzas, bodies of 48 bytes and their multiples included, come back, and the MAC holds."""
    data = encode_header(stanzas, KEY)
    header = parse_header(data + payload)
    assert header.stanzas == tuple(stanzas)
    assert header.size_bytes == len(data) == find_end(data + payload)
    header.verify(KEY)
    with pytest.raises(AgeError) as caught:
        header.verify(b"x" * 16)
    assert caught.value.code == "age-hmac"


@given(STANZAS, st.data())
def test_there_is_one_spelling(stanzas: list[Stanza], data: st.DataObject) -> None:
    """A header with one byte changed is either malformed or spells something else; never the same again."""
    good = encode_header(stanzas, KEY)
    at = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != good[at]))
    with pytest.raises(AgeError) as caught:
        parse_header(good[:at] + bytes([byte]) + good[at + 1 :]).verify(KEY)
    assert caught.value.code in {"age-header", "age-hmac"}


@given(st.binary())
def test_garbage_raises_only_our_error(data: bytes) -> None:
    """No bytes make the parser fail with anything but a header error."""
    for header in (
        data,
        b"age-encryption.org/v1\n" + data,
        b"age-encryption.org/v1\n-> X\n" + data + b"\n--- \n",
    ):
        with pytest.raises(AgeError) as caught:
            parse_header(header)
        assert caught.value.code == "age-header"
