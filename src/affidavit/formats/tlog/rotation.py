"""Statements by which a log goes over to other keys (docs/spec/log.md, Rotation of the keys).

A statement is canonical JSON that the old and the new keys have signed. It is sealed in the log itself, as the last
entry under the old keys. Verifying it says that the holders of both sets agreed; where it stands in the log, and that
nothing else took over, is the business of whoever verifies the log.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from affidavit.core.canonical import encode
from affidavit.core.errors import AffidavitError, LogFormatError, RecordError, VerificationError
from affidavit.formats.tlog.keys import KeyType, VerifierKey
from affidavit.formats.tlog.text import MAX_SIZE, decode_base64, encode_base64

if TYPE_CHECKING:
    from collections.abc import Sequence

    from affidavit.formats.tlog.keys import SigningKey

_LABEL = b"affidavit/rotation/v1\n"
"""What is signed begins so. It ends without a newline, so that it is never a note's text."""
_MAX_BYTES = 64 * 1024
_TYPES = (KeyType.ED25519, KeyType.ML_DSA_44)
"""Of the two keys in each set, in this order."""
_MEMBERS = {"new", "old", "origin", "signatures", "size", "time", "v"}
_VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Rotation:
    """From which keys to which, and when; nothing about it has been verified."""

    origin: str
    """Of the log, and the name of all four keys."""
    old: tuple[VerifierKey, ...]
    new: tuple[VerifierKey, ...]
    """Ed25519 first, then ML-DSA-44."""
    size: int
    """Entries that the log had when the statement was made."""
    time_us: int
    """When that was, by the log's clock."""
    signatures: tuple[bytes, ...] = field(repr=False)
    """Of the old keys and then the new ones, each in the order above."""

    def signed(self) -> bytes:
        """The bytes that every signature covers."""
        return _LABEL + encode(self._document())

    def encode(self) -> bytes:
        """The statement."""
        return encode({**self._document(), "signatures": list(map(encode_base64, self.signatures))})

    def verify(self) -> None:
        """Return only if all four keys signed; VerificationError (`rotation-signature`) names one that did not."""
        signed = self.signed()
        for key, signature in zip((*self.old, *self.new), self.signatures, strict=True):
            try:
                _public(key).verify(signature, signed)
            except InvalidSignature as error:
                raise VerificationError(
                    f"key {key.key_id.hex()} of {key.name} did not sign the rotation",
                    code="rotation-signature",
                ) from error

    def _document(self) -> dict[str, Any]:
        return {
            "new": list(map(str, self.new)),
            "old": list(map(str, self.old)),
            "origin": self.origin,
            "size": self.size,
            "time": self.time_us,
            "v": _VERSION,
        }


def sign_rotation(
    *, old: Sequence[SigningKey], new: Sequence[SigningKey], size: int, time_us: int
) -> Rotation:
    """The statement that the log of `old` goes over to `new`; LogFormatError where no log does so."""
    unsigned = Rotation(
        origin=old[0].name,
        old=tuple(key.verifier_key() for key in old),
        new=tuple(key.verifier_key() for key in new),
        size=size,
        time_us=time_us,
        signatures=(),
    )
    _check(unsigned)
    signed = unsigned.signed()
    signatures = tuple(_private(key).sign(signed) for key in (*old, *new))
    return Rotation(**{name: getattr(unsigned, name) for name in _FIELDS}, signatures=signatures)


def parse_rotation(data: bytes) -> Rotation:
    """The rotation that a statement spells; LogFormatError (`rotation-format`) says which rule other bytes break."""
    if len(data) > _MAX_BYTES:
        raise _refused(f"a statement of {len(data)} bytes exceeds {_MAX_BYTES}")
    try:
        document = json.loads(data)
        if encode(document) != data:
            raise _refused("the statement is not in canonical form")
    except (ValueError, RecursionError, RecordError) as error:
        raise _refused("the statement is no canonical JSON") from error
    if not isinstance(document, dict) or document.keys() != _MEMBERS or document["v"] is not _VERSION:
        raise _refused("the statement does not have the members of version 1")
    try:
        rotation = Rotation(
            origin=_text(document["origin"]),
            old=tuple(VerifierKey.parse(key) for key in _texts(document["old"])),
            new=tuple(VerifierKey.parse(key) for key in _texts(document["new"])),
            size=_number(document["size"]),
            time_us=_number(document["time"]),
            signatures=tuple(
                decode_base64(text, what="a signature") for text in _texts(document["signatures"])
            ),
        )
    except AffidavitError as error:
        raise _refused(error.message) from error
    if len(rotation.signatures) != 2 * len(_TYPES):
        raise _refused("the statement does not have a signature of each key")
    _check(rotation)
    return rotation


_FIELDS = ("origin", "old", "new", "size", "time_us")


def _check(rotation: Rotation) -> None:
    for keys in (rotation.old, rotation.new):
        if tuple(key.type for key in keys) != _TYPES:
            raise _refused("a log has one Ed25519 and one ML-DSA-44 key")
        if any(key.name != rotation.origin for key in keys):
            raise _refused("all keys of a log are named like its origin")
    if set(rotation.old) & set(rotation.new):
        raise _refused("the new keys are other keys than the old ones")


def _public(key: VerifierKey) -> Ed25519PublicKey | MLDSA44PublicKey:
    if key.type is KeyType.ML_DSA_44:
        return MLDSA44PublicKey.from_public_bytes(key.public_key)
    return Ed25519PublicKey.from_public_bytes(key.public_key)


def _private(key: SigningKey) -> Ed25519PrivateKey | MLDSA44PrivateKey:
    if key.type is KeyType.ML_DSA_44:
        return MLDSA44PrivateKey.from_seed_bytes(key.seed)
    return Ed25519PrivateKey.from_private_bytes(key.seed)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _refused("the statement has a member of another type than text")
    return value


def _texts(value: object) -> list[str]:
    if not isinstance(value, list):
        raise _refused("the statement has a member of another type than a list")
    return list(map(_text, value))


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_SIZE:
        raise _refused("the statement has a number that is none, or out of range")
    return value


def _refused(message: str) -> LogFormatError:
    return LogFormatError(message, code="rotation-format")
