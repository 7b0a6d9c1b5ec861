"""HKDF-SHA-256 (RFC 5869) with the one output length that age uses."""

from __future__ import annotations

import hmac


def hkdf_sha256(secret: bytes, *, salt: bytes, info: bytes) -> bytes:
    """The 32 bytes that HKDF derives from `secret`: extraction, then the first block of expansion."""
    return hmac.digest(hmac.digest(salt, secret, "sha256"), info + b"\x01", "sha256")
