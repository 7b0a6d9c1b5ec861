"""Age headers."""

from __future__ import annotations

import hmac

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.errors import AgeError
from affidavit.formats.age.header import Stanza, encode_header, find_end, parse_header
from affidavit.formats.age.text import encode_base64

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


VERSION = b"age-encryption.org/v1\n"
MAC = encode_base64(bytes(32)).encode()
END = b"--- " + MAC + b"\n"
LINE = b"A" * 64 + b"\n"
LIMIT_BYTES = 1 << 16


def refusal(data: bytes) -> str:
    """Why it is no header."""
    with pytest.raises(AgeError) as caught:
        parse_header(data)
    assert caught.value.code == "age-header"
    return caught.value.message


def test_a_header_is_made_as_the_specification_has_it() -> None:
    """Version, stanzas whose last line is short, and the HMAC of all that by a key of the file key."""
    stanzas = [Stanza(("X", "arg"), b"abc"), Stanza(("Y",), bytes(48)), Stanza(("Z", "~", "!"), b"")]
    covered = VERSION + b"-> X arg\nYWJj\n-> Y\n" + LINE + b"\n-> Z ~ !\n\n---"
    key = HKDF(hashes.SHA256(), 32, None, b"header").derive(KEY)
    mac = encode_base64(hmac.digest(key, covered, "sha256")).encode()
    data = encode_header(stanzas, KEY)
    assert data == covered + b" " + mac + b"\n"
    header = parse_header(data)
    assert header.authenticated == covered
    assert [stanza.type for stanza in header.stanzas] == ["X", "Y", "Z"]


@pytest.mark.parametrize(
    ("stanzas", "body"),
    [
        (b"-> X\n\n", b""),
        (b"-> X\n" + LINE[:-2] + b"\n", bytes(47)),
        (b"-> X\nAAAA\n", bytes(3)),
        (b"-> X\n" + LINE + b"\n", bytes(48)),
        (b"-> X\n" + LINE + LINE + b"AA\n", bytes(97)),
    ],
)
def test_bodies(stanzas: bytes, body: bytes) -> None:
    """Any number of whole lines and a shorter one, which may be empty."""
    header = parse_header(VERSION + stanzas + END)
    assert (header.stanzas, header.mac) == ((Stanza(("X",), body),), bytes(32))


@pytest.mark.parametrize(
    ("stanzas", "said"),
    [
        (b"", "no recipient stanza"),
        (b"->\n\n", "does not start with"),
        (b"-> \n\n", "does not start with"),
        (b"->  X\n\n", "does not start with"),
        (b"-> X \n\n", "does not start with"),
        (b"-> X\t\n\n", "does not start with"),
        (b"-> X \x7f\n\n", "does not start with"),
        (b"=> X\n\n", "does not start with"),
        (b"X\n\n", "does not start with"),
        (b"\n", "does not start with"),
        (b"-> X\n\n\n", "does not start with"),
        (b"-> X\nAAAA\nAAAA\n", "does not start with"),
        (b"-> X\n", "does not end with a line below 64"),
        (b"-> X\n" + LINE, "does not end with a line below 64"),
        (b"-> X\n" + LINE + LINE, "does not end with a line below 64"),
        (b"-> X\nA" + LINE, "does not end with a line below 64"),
        (b"-> X\nA" + LINE + b"\n", "does not end with a line below 64"),
        (b"-> X\nAAA=\n", "a stanza's body is not"),
        (b"-> X\nAB\n", "a stanza's body is not canonical"),
        (b"-> \xc3\xa4\n\n", "not ASCII"),
        (b"-> X\r\n\r\n", "does not start with"),
    ],
)
def test_stanzas_that_are_none(stanzas: bytes, said: str) -> None:
    """No arrow, no argument, a space too many, a body without its short line, another spelling of it."""
    assert said in refusal(VERSION + stanzas + END)


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (b"", "does not end"),
        (b"---", "does not end"),
        (b"--- " + MAC, "does not end"),
        (b"---\n", "--- and a MAC of 32 bytes"),
        (b"--- \n", "--- and a MAC of 32 bytes"),
        (b"---- " + MAC + b"\n", "--- and a MAC of 32 bytes"),
        (b"---" + MAC + b"\n", "--- and a MAC of 32 bytes"),
        (b"--- " + encode_base64(bytes(31)).encode() + b"\n", "--- and a MAC of 32 bytes"),
        (b"--- " + encode_base64(bytes(33)).encode() + b"\n", "--- and a MAC of 32 bytes"),
        (b"--- " + MAC + b"=\n", "the header's MAC is not"),
        (b"---  " + MAC + b"\n", "the header's MAC is not"),
        (b"--- " + MAC[:-1] + b"B\n", "the header's MAC is not canonical"),
    ],
)
def test_ends_that_are_none(end: bytes, said: str) -> None:
    """The last line is three dashes, a space and 32 bytes."""
    assert said in refusal(VERSION + b"-> X\n\n" + end)


def test_the_version_comes_first() -> None:
    """And is the one that there is."""
    for start in (b"", b"age-encryption.org/v2\n", VERSION[1:], b"\n" + VERSION, VERSION[:-1] + b" \n"):
        assert "does not start with the line" in refusal(start + b"-> X\n\n" + END)


def test_a_header_may_have_64_kibibytes() -> None:
    """One byte more is refused, and the payload behind it does not count."""
    around = VERSION + b"-> \n\n" + END
    for more in (b"", b"payload" * 99):
        largest = around.replace(b"-> ", b"-> " + b"x" * (LIMIT_BYTES - len(around))) + more
        assert parse_header(largest).size_bytes == find_end(largest) == LIMIT_BYTES
        longer = largest.replace(b"-> ", b"-> x")
        assert find_end(longer) is None
        assert "does not end" in refusal(longer)
