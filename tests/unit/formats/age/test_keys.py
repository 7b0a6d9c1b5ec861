"""Age keys as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.errors import AgeError
from affidavit.formats.age import bech32
from affidavit.formats.age.x25519 import X25519Identity, X25519Recipient

SECRET = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
PUBLIC = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"


def test_the_key_pair_of_the_specification() -> None:
    """The published identity has the published recipient."""
    identity = X25519Identity.parse(SECRET)
    assert (identity.text(), str(identity.recipient)) == (SECRET, PUBLIC)
    assert str(X25519Recipient.parse(PUBLIC)) == PUBLIC


def test_new_identities_differ() -> None:
    """Each generated identity is a new one, and its text brings it back."""
    identity = X25519Identity.generate()
    assert identity.text() != X25519Identity.generate().text()
    assert X25519Identity.parse(identity.text()).text() == identity.text()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "age1",
        SECRET.lower(),
        SECRET.capitalize(),
        SECRET[:-1],
        SECRET[:-1] + "Q",
        SECRET.replace("GFPYY", "GFPYB", 1),
        PUBLIC,
        SECRET + "\n",
        "AGE-SECRET-KEY-PQ-1XX",
        bech32.encode("age-secret-key-", b"short").upper(),
    ],
)
def test_texts_that_are_no_identity(text: str) -> None:
    """A mistyped, cut, respelled or foreign key is refused, and its text is not repeated in the message."""
    with pytest.raises(AgeError) as caught:
        X25519Identity.parse(text)
    assert caught.value.code == "age-key"
    assert len(text) < 9 or text.strip() not in str(caught.value)


@pytest.mark.parametrize("text", [PUBLIC.upper(), PUBLIC[:-1], SECRET, bech32.encode("age", b"short")])
def test_texts_that_are_no_recipient(text: str) -> None:
    """A recipient is lowercase, whole and 32 bytes."""
    with pytest.raises(AgeError) as caught:
        X25519Recipient.parse(text)
    assert caught.value.code == "age-key"


@given(st.text() | st.from_regex(r"\A(age|AGE-SECRET-KEY-)1[a-zA-Z0-9]*\Z"))
def test_garbage_keys_raise_only_our_error(text: str) -> None:
    """No text that is not a key becomes one."""
    with pytest.raises(AgeError):
        X25519Identity.parse(text)
    with pytest.raises(AgeError):
        X25519Recipient.parse(text)


@given(st.text("abcdefghijklmnopqrstuvwxyz1-", min_size=1), st.binary(max_size=80))
def test_bech32_reads_back(prefix: str, data: bytes) -> None:
    """Encoding and decoding are inverse, in either case."""
    text = bech32.encode(prefix, data)
    assert bech32.decode(text) == bech32.decode(text.upper()) == (prefix, data)


def test_the_valid_strings_of_bip_173() -> None:
    """A published string of the Bech32 specification decodes, and errors in it are found."""
    text = "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"
    prefix, data = bech32.decode(text)
    assert (prefix, data.hex()) == ("abcdef", "00443214c74254b635cf84653a56d7c675be77df")
    assert bech32.encode(prefix, data) == text
    for broken in (text.replace("q", "p", 1), text[:-1] + "q", "A" + text[1:], text.replace("1", "")):
        with pytest.raises(AgeError):
            bech32.decode(broken)
    with pytest.raises(AgeError):
        bech32.decode("a12uel5m")  # one checksum character changed


def test_keys_of_another_length_are_refused() -> None:
    """An X25519 key is 32 bytes."""
    for make in (X25519Identity, X25519Recipient):
        with pytest.raises(AgeError):
            make(bytes(31))


def test_a_recipient_of_low_order_is_refused() -> None:
    """Encrypting to a point that gives everyone the same secret fails."""
    with pytest.raises(AgeError):
        X25519Recipient(bytes(32)).wrap(bytes(16), bytes)
