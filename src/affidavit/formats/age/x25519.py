"""X25519 recipients and identities, written age1… and AGE-SECRET-KEY-1… in text.

The objects hold their keys ready for use, so that one of them can open or make many files.
"""

from __future__ import annotations

import os
from typing import Self

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from affidavit.core.errors import AgeError
from affidavit.formats.age import bech32
from affidavit.formats.age.header import Stanza
from affidavit.formats.age.hkdf import hkdf_sha256
from affidavit.formats.age.recipient import Random, check_body, open_file_key, seal_file_key
from affidavit.formats.age.text import decode_base64, encode_base64

KEY_BYTES = 32
_TYPE = "X25519"
_INFO = b"age-encryption.org/v1/X25519"
_RECIPIENT_PREFIX = "age"
_IDENTITY_PREFIX = "age-secret-key-"
_ARGUMENTS = 2


class X25519Recipient:
    """A public key that files can be encrypted to; `str()` is its age1… text."""

    def __init__(self, public_key: bytes) -> None:
        if len(public_key) != KEY_BYTES:
            raise AgeError(f"an X25519 key has {KEY_BYTES} bytes, not {len(public_key)}", code="age-key")
        self._bytes = bytes(public_key)
        self._public = X25519PublicKey.from_public_bytes(self._bytes)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The recipient that an age1… text spells; AgeError `age-key` for any other text."""
        prefix, public_key = bech32.decode(text)
        if prefix != _RECIPIENT_PREFIX or text != text.lower():
            raise AgeError("an X25519 recipient starts with age1", code="age-key")
        return cls(public_key)

    def wrap(self, file_key: bytes, random: Random) -> Stanza:
        """The stanza that carries `file_key`, under a new ephemeral key."""
        ephemeral = X25519PrivateKey.from_private_bytes(random(KEY_BYTES))
        share = ephemeral.public_key().public_bytes_raw()
        wrap_key = _wrap_key(ephemeral, self._public, share=share, recipient=self._bytes)
        return Stanza((_TYPE, encode_base64(share)), seal_file_key(wrap_key, file_key))

    def __str__(self) -> str:
        return bech32.encode(_RECIPIENT_PREFIX, self._bytes)


class X25519Identity:
    """A secret key that opens files encrypted to its recipient; `text()` is its AGE-SECRET-KEY-1… text."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise AgeError(f"an X25519 key has {KEY_BYTES} bytes, not {len(secret)}", code="age-key")
        self._private = X25519PrivateKey.from_private_bytes(secret)
        self._recipient = self._private.public_key().public_bytes_raw()

    @classmethod
    def generate(cls, random: Random = os.urandom) -> Self:
        """A new identity."""
        return cls(random(KEY_BYTES))

    @classmethod
    def parse(cls, text: str) -> Self:
        """The identity that an AGE-SECRET-KEY-1… text spells; AgeError `age-key` for any other text."""
        prefix, secret = bech32.decode(text)
        if prefix != _IDENTITY_PREFIX or text != text.upper():
            raise AgeError("an X25519 identity starts with AGE-SECRET-KEY-1", code="age-key")
        return cls(secret)

    @property
    def recipient(self) -> X25519Recipient:
        """The public half."""
        return X25519Recipient(self._recipient)

    def text(self) -> str:
        """The secret as text, in the capitals that age writes."""
        return bech32.encode(_IDENTITY_PREFIX, self._private.private_bytes_raw()).upper()

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key, or None where the stanza is for somebody else; AgeError where it is malformed."""
        if stanza.type != _TYPE:
            return None
        if len(stanza.arguments) != _ARGUMENTS:
            raise AgeError("an X25519 stanza has one argument after its type", code="age-header")
        share = decode_base64(stanza.arguments[1], what="an X25519 share")
        if len(share) != KEY_BYTES:
            raise AgeError(
                f"an X25519 share has {len(share)} bytes instead of {KEY_BYTES}", code="age-header"
            )
        check_body(stanza.body)
        public = X25519PublicKey.from_public_bytes(share)
        wrap_key = _wrap_key(self._private, public, share=share, recipient=self._recipient)
        return open_file_key(wrap_key, stanza.body)


def _wrap_key(private: X25519PrivateKey, public: X25519PublicKey, *, share: bytes, recipient: bytes) -> bytes:
    try:
        shared = private.exchange(public)
    except ValueError as error:  # an all-zero secret: the other side's point is of low order
        raise AgeError("an X25519 key is a point of low order", code="age-header") from error
    return hkdf_sha256(shared, salt=share + recipient, info=_INFO)
