"""Passphrase stanzas: what age makes of a passphrase, and which stanzas are none."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from affidavit.core.errors import AgeError
from affidavit.formats.age import scrypt
from affidavit.formats.age.header import Stanza
from affidavit.formats.age.scrypt import ScryptIdentity, ScryptRecipient

FILE_KEY = bytes(range(16))
SALT = "QUFBQUFBQUFBQUFBQUFBQQ"
STANZA = ScryptRecipient("correct horse", work_factor=3).wrap(FILE_KEY, lambda count: b"A" * count)


def test_a_stanza_is_made_as_the_specification_has_it() -> None:
    """Salt and work factor are stated; scrypt's key, block size 8, seals the file key."""
    assert STANZA.arguments == ("scrypt", SALT, "3")
    salt = b"age-encryption.org/v1/scrypt" + b64decode(SALT + "==")
    key = hashlib.scrypt(b"correct horse", salt=salt, n=8, r=8, p=1, dklen=32)
    assert ChaCha20Poly1305(key).decrypt(bytes(12), STANZA.body, None) == FILE_KEY
    assert ScryptIdentity("correct horse").unwrap(STANZA) == FILE_KEY
    assert ScryptIdentity("wrong horse").unwrap(STANZA) is None


def test_how_much_work_is_done_and_allowed() -> None:
    """As much as age does for new files, and no more than 1 GiB for others'."""
    assert (scrypt.WORK_FACTOR, scrypt.MAX_WORK_FACTOR) == (18, 20)
    assert ScryptIdentity("correct horse", max_work_factor=3).unwrap(STANZA) == FILE_KEY
    for refused, allowed in ((3, 2), (21, None), (999, None)):
        made = ScryptIdentity("p") if allowed is None else ScryptIdentity("p", max_work_factor=allowed)
        with pytest.raises(AgeError, match=f"work factor {refused} exceeds {allowed or 20}") as caught:
            made.unwrap(replace(STANZA, arguments=("scrypt", SALT, str(refused))))
        assert caught.value.code == "age-header"


@pytest.mark.parametrize("work_factor", ["", "0", "03", "+3", "-3", " 3", "3 ", "1000", "x", "3x", "\u0663"])
def test_work_factors_that_are_none(work_factor: str) -> None:
    """A number from 1 to 999 without leading zeroes."""
    with pytest.raises(AgeError, match="work factor is not a number") as caught:
        ScryptIdentity("p").unwrap(replace(STANZA, arguments=("scrypt", SALT, work_factor)))
    assert caught.value.code == "age-header"


@pytest.mark.parametrize(
    ("stanza", "said"),
    [
        (Stanza(("scrypt",), STANZA.body), "two arguments"),
        (Stanza(("scrypt", SALT), STANZA.body), "two arguments"),
        (Stanza(("scrypt", SALT, "3", "4"), STANZA.body), "two arguments"),
        (Stanza(("scrypt", "QUFBQUFBQUFBQUFBQUFB", "3"), STANZA.body), "15 bytes instead of 16"),
        (Stanza(("scrypt", "QUFBQUFBQUFBQUFBQUFBQUE", "3"), STANZA.body), "17 bytes instead of 16"),
        (Stanza(("scrypt", SALT + "==", "3"), STANZA.body), "a scrypt salt is not"),
        (Stanza(("scrypt", SALT, "3"), STANZA.body[:-1]), "31 bytes instead of 32"),
        (Stanza(("scrypt", SALT, "3"), STANZA.body + b"x"), "33 bytes instead of 32"),
        (Stanza(("scrypt", SALT, "3"), b""), "0 bytes instead of 32"),
    ],
)
def test_stanzas_that_are_none(stanza: Stanza, said: str) -> None:
    """Another number of arguments, a salt or a body of another length."""
    with pytest.raises(AgeError, match=said) as caught:
        ScryptIdentity("correct horse").unwrap(stanza)
    assert caught.value.code == "age-header"


def test_other_stanzas_are_not_for_a_passphrase() -> None:
    """They are passed over, whatever is in them."""
    assert ScryptIdentity("p").unwrap(Stanza(("X25519", "x"), b"")) is None


@pytest.mark.parametrize(("passphrase", "said"), [("", "empty"), ("\ud800", "UTF-8")])
def test_passphrases_that_are_none(passphrase: str, said: str) -> None:
    """Empty ones, and text that UTF-8 cannot spell."""
    for make in (ScryptRecipient, ScryptIdentity):
        with pytest.raises(AgeError, match=said) as caught:
            make(passphrase)
        assert caught.value.code == "age-key"
