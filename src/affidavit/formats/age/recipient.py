"""What a file key is wrapped with and unwrapped by, and the AEAD that both recipient types wrap it in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from affidavit.core.errors import AgeError
from affidavit.formats.age.header import FILE_KEY_BYTES, Stanza

Random = Callable[[int], bytes]
"""Returns so many unpredictable bytes, as os.urandom does."""

_NONCE = bytes(12)
_BODY_BYTES = FILE_KEY_BYTES + 16


class Recipient(Protocol):
    """Wraps file keys so that one identity can unwrap them."""

    def wrap(self, file_key: bytes, random: Random) -> Stanza:
        """The stanza that carries `file_key`."""
        ...


class Identity(Protocol):
    """Unwraps file keys."""

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key, or None where the stanza is not for this identity; AgeError where it is malformed."""
        ...


def seal_file_key(wrap_key: bytes, file_key: bytes) -> bytes:
    """The stanza body; `wrap_key` must be used once only, since the nonce is fixed."""
    return ChaCha20Poly1305(wrap_key).encrypt(_NONCE, file_key, None)


def open_file_key(wrap_key: bytes, body: bytes) -> bytes | None:
    """The file key in a stanza body, or None where the body was sealed with another key."""
    try:
        return ChaCha20Poly1305(wrap_key).decrypt(_NONCE, body, None)
    except InvalidTag:
        return None


def check_body(body: bytes) -> None:
    """Return only if `body` has the one length that a wrapped file key has (against partitioning oracles)."""
    if len(body) != _BODY_BYTES:
        raise AgeError(f"a stanza's body has {len(body)} bytes instead of {_BODY_BYTES}", code="age-header")
