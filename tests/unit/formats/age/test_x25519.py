"""X25519 stanzas: what age makes of two keys, and which stanzas are none."""

from __future__ import annotations

from base64 import b64decode

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from affidavit.core.errors import AgeError
from affidavit.formats.age import bech32
from affidavit.formats.age.header import Stanza
from affidavit.formats.age.text import encode_base64
from affidavit.formats.age.x25519 import X25519Identity, X25519Recipient

FILE_KEY = bytes(range(16))
SECRET = b"s" * 32
IDENTITY = X25519Identity(SECRET)
STANZA = IDENTITY.recipient.wrap(FILE_KEY, lambda count: b"e" * count)
SHARE = STANZA.arguments[1]


def test_a_stanza_is_made_as_the_specification_has_it() -> None:
    """The share is the ephemeral public key; both public keys salt the key that seals the file key."""
    ephemeral, own = (X25519PrivateKey.from_private_bytes(secret) for secret in (b"e" * 32, SECRET))
    share, public = (key.public_key().public_bytes_raw() for key in (ephemeral, own))
    assert STANZA.arguments == ("X25519", encode_base64(share))
    assert b64decode(SHARE + "=") == share
    derived = HKDF(hashes.SHA256(), 32, share + public, b"age-encryption.org/v1/X25519").derive(
        own.exchange(X25519PublicKey.from_public_bytes(share))
    )
    assert ChaCha20Poly1305(derived).decrypt(bytes(12), STANZA.body, None) == FILE_KEY
    assert IDENTITY.unwrap(STANZA) == FILE_KEY
    assert X25519Identity(b"o" * 32).unwrap(STANZA) is None


@pytest.mark.parametrize(
    ("stanza", "said"),
    [
        (Stanza(("X25519",), STANZA.body), "one argument"),
        (Stanza(("X25519", SHARE, "x"), STANZA.body), "one argument"),
        (Stanza(("X25519", encode_base64(bytes(31))), STANZA.body), "31 bytes instead of 32"),
        (Stanza(("X25519", encode_base64(bytes(33))), STANZA.body), "33 bytes instead of 32"),
        (Stanza(("X25519", SHARE + "="), STANZA.body), "an X25519 share is not"),
        (Stanza(("X25519", SHARE), STANZA.body[:-1]), "31 bytes instead of 32"),
        (Stanza(("X25519", SHARE), STANZA.body + b"x"), "33 bytes instead of 32"),
        (Stanza(("X25519", encode_base64(bytes(32))), STANZA.body), "low order"),
        (Stanza(("X25519", encode_base64(b"\x01" + bytes(31))), STANZA.body), "low order"),
    ],
)
def test_stanzas_that_are_none(stanza: Stanza, said: str) -> None:
    """Another number of arguments, a share or body of another length, a share that gives everyone the same secret."""
    with pytest.raises(AgeError, match=said) as caught:
        IDENTITY.unwrap(stanza)
    assert caught.value.code == "age-header"


def test_other_stanzas_are_not_for_a_key() -> None:
    """They are passed over, whatever is in them."""
    for other in ("scrypt", "x25519", "X25519x"):
        assert IDENTITY.unwrap(Stanza((other,), b"")) is None


@pytest.mark.parametrize("size", [0, 31, 33])
def test_keys_of_another_length(size: int) -> None:
    """Are refused as bytes and as text, secret or public."""
    data = bytes(size)
    for make in (X25519Identity, X25519Recipient):
        with pytest.raises(AgeError, match=f"32 bytes, not {size}") as caught:
            make(data)
        assert caught.value.code == "age-key"
    with pytest.raises(AgeError, match=f"32 bytes, not {size}"):
        X25519Recipient.parse(bech32.encode("age", data))
    with pytest.raises(AgeError, match=f"32 bytes, not {size}"):
        X25519Identity.parse(bech32.encode("age-secret-key-", data).upper())


def test_each_kind_of_key_has_its_own_notation() -> None:
    """Recipients in lower case after age1, identities in capitals after AGE-SECRET-KEY-1."""
    public, secret = str(IDENTITY.recipient), IDENTITY.text()
    assert public.startswith("age1")
    assert secret.startswith("AGE-SECRET-KEY-1")
    assert X25519Recipient.parse(public).wrap(FILE_KEY, lambda count: b"e" * count) == STANZA
    assert X25519Identity.parse(secret).unwrap(STANZA) == FILE_KEY
    for text in (public.upper(), secret, secret.lower(), bech32.encode("agf", SECRET)):
        with pytest.raises(AgeError, match="starts with age1"):
            X25519Recipient.parse(text)
    for text in (secret.lower(), public, public.upper(), bech32.encode("age-secret-key", SECRET).upper()):
        with pytest.raises(AgeError, match="starts with AGE-SECRET-KEY-1"):
            X25519Identity.parse(text)


def test_generated_keys_are_of_the_random_bytes() -> None:
    """All 32 of them."""
    assert X25519Identity.generate(lambda count: b"s" * count).text() == IDENTITY.text()
