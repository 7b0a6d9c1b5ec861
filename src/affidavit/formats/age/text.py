"""The unpadded, canonical base64 of age headers."""

from __future__ import annotations

from base64 import b64decode, b64encode

from affidavit.core.errors import AgeError


def encode_base64(data: bytes) -> str:
    """Standard base64 without padding."""
    return b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64(text: str, *, what: str) -> bytes:
    """The bytes of canonical unpadded base64; AgeError names `what` where the text is anything else."""
    try:
        data = b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError as error:
        raise AgeError(f"{what} is not base64", code="age-header") from error
    if encode_base64(data) != text:
        raise AgeError(f"{what} is not canonical base64", code="age-header")
    return data
