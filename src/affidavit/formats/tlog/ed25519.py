"""Plain Ed25519 note signatures, type 0x01 (C2SP signed-note): over the note's text as it is."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from affidavit.core.errors import LogFormatError, VerificationError
from affidavit.formats.tlog.keys import KeyType, SigningKey, VerifierKey
from affidavit.formats.tlog.note import NoteSignature


def bad_signature(key: VerifierKey) -> VerificationError:
    """The refusal of a signature that stands under a known key and is not its own."""
    return VerificationError(
        f"the signature of {key.name} with key {key.key_id.hex()} does not verify", code="note-bad-signature"
    )


class Ed25519Verifier:
    """Checks the type 0x01 signatures of one key."""

    def __init__(self, key: VerifierKey) -> None:
        if key.type is not KeyType.ED25519:
            raise LogFormatError(f"{key.name} is no Ed25519 note key", code="key-type")
        self._key = key
        self._public = Ed25519PublicKey.from_public_bytes(key.public_key)

    @property
    def key(self) -> VerifierKey:
        """The key whose signatures this checks."""
        return self._key

    def verify(self, text: bytes, signature: bytes) -> None:
        """Return only if `signature` is this key's over `text`."""
        try:
            self._public.verify(signature, text)
        except InvalidSignature as error:
            raise bad_signature(self._key) from error


class Ed25519Signer:
    """Signs notes with one key of type 0x01."""

    def __init__(self, key: SigningKey) -> None:
        if key.type is not KeyType.ED25519:
            raise LogFormatError(f"{key.name} is no Ed25519 note key", code="key-type")
        self.key = key.verifier_key()
        self._private = Ed25519PrivateKey.from_private_bytes(key.seed)

    def sign(self, text: bytes) -> NoteSignature:
        """The signature over a note's text, final newline included."""
        return NoteSignature(self.key.name, self.key.key_id, self._private.sign(text))
