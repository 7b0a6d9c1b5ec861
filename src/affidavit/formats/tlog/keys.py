"""Keys of notes as text: verifier keys (C2SP signed-note) and signing keys in the notation of Go's sumdb.

    verifier key   <name>+<key id, 8 hex digits>+<base64(type || public key)>
    signing key    PRIVATE+KEY+<name>+<key id, 8 hex digits>+<base64(type || 32-byte seed)>

The key id is the first four bytes of SHA-256(name || 0x0A || type || public key); in both texts it is that of
the public key, so the two belong together at sight.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from affidavit.core.errors import LogFormatError
from affidavit.formats.tlog.text import decode_base64, encode_base64

KEY_ID_BYTES = 4
SEED_BYTES = 32
"""Length of the secret from which either algorithm derives its key pair."""
_PRIVATE = "PRIVATE+KEY+"


class KeyType(IntEnum):
    """The signature types that this log uses, by their assigned identifier byte."""

    ED25519 = 0x01
    ED25519_COSIGNATURE = 0x04
    ML_DSA_44 = 0x06


_PUBLIC_KEY_BYTES = {KeyType.ED25519: 32, KeyType.ED25519_COSIGNATURE: 32, KeyType.ML_DSA_44: 1312}


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A named public key; `str()` is its verifier key text."""

    name: str
    type: KeyType
    public_key: bytes

    def __post_init__(self) -> None:
        check_key_name(self.name)
        if len(self.public_key) != _PUBLIC_KEY_BYTES[self.type]:
            raise LogFormatError(
                f"a public key of {len(self.public_key)} bytes does not fit its type {self.type:#04x}"
            )

    @property
    def key_id(self) -> bytes:
        """The four bytes that name this key in signature lines."""
        return key_id(self.name, bytes([self.type]) + self.public_key)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The key that a verifier key text spells; LogFormatError says what is wrong with any other text."""
        name, stated, type_, public_key = _split(text, what="verifier key")
        key = cls(name, type_, public_key)
        _check_key_id(key, stated)
        return key

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.type]) + self.public_key)}"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A named secret key; `text()` is what is stored, `verifier_key()` what is published."""

    name: str
    type: KeyType
    seed: bytes = field(repr=False)
    """32 secret bytes: the Ed25519 seed, or the ML-DSA-44 seed xi of FIPS 204."""

    def __post_init__(self) -> None:
        check_key_name(self.name)
        if len(self.seed) != SEED_BYTES:
            raise LogFormatError(f"a signing key's seed has {SEED_BYTES} bytes, not {len(self.seed)}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The key that a signing key text spells; LogFormatError, without any secret, for other text."""
        if not text.startswith(_PRIVATE):
            raise LogFormatError("a signing key starts with PRIVATE+KEY+")
        name, stated, type_, seed = _split(text.removeprefix(_PRIVATE), what="signing key")
        key = cls(name, type_, seed)
        _check_key_id(key.verifier_key(), stated)
        return key

    def verifier_key(self) -> VerifierKey:
        """The public half."""
        if self.type is KeyType.ML_DSA_44:
            public_key = MLDSA44PrivateKey.from_seed_bytes(self.seed).public_key().public_bytes_raw()
        else:
            public_key = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifierKey(self.name, self.type, public_key)

    def text(self) -> str:
        """The signing key text, secret included."""
        secret = encode_base64(bytes([self.type]) + self.seed)
        return f"{_PRIVATE}{self.name}+{self.verifier_key().key_id.hex()}+{secret}"


def key_id(name: str, typed_key: bytes) -> bytes:
    """SHA-256(name || 0x0A || type || public key)[:4], where `typed_key` is type || public key."""
    return sha256(name.encode() + b"\n" + typed_key).digest()[:KEY_ID_BYTES]


def check_key_name(name: str) -> None:
    """Return only if `name` can name a key: not empty, no spaces, no plus, no control characters, UTF-8."""
    bad = any(char == "+" or char.isspace() or char < " " for char in name)
    if not name or bad or not _is_unicode(name):
        raise LogFormatError("a key name is not empty and has no spaces, plus signs or control characters")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True


def _split(text: str, *, what: str) -> tuple[str, str, KeyType, bytes]:
    """Name, stated key id, type and key material of either notation."""
    parts = text.split("+", 2)  # neither name nor key id holds a plus; base64 may
    if len(parts) != 3:  # noqa: PLR2004 - the three parts of the notation
        raise LogFormatError(f"a {what} is <name>+<key id>+<base64>")
    name, stated, encoded = parts
    material = decode_base64(encoded, what=f"the {what}'s last part")
    try:
        type_ = KeyType(material[0])
    except (IndexError, ValueError) as error:
        raise LogFormatError(f"the {what} has a type that is not supported", code="key-type") from error
    return name, stated, type_, material[1:]


def _check_key_id(key: VerifierKey, stated: str) -> None:
    if stated != key.key_id.hex():
        raise LogFormatError(
            f"the key id of {key.name} is {key.key_id.hex()}, not what its text says", code="key-id"
        )
