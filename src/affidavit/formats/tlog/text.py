"""Strict readers for the two number and byte notations that every log format shares.

Each value has exactly one accepted spelling, so that text which verifies cannot be respelled.
"""

from __future__ import annotations

from base64 import b64decode, b64encode

from affidavit.core.errors import LogFormatError

MAX_SIZE = 2**63 - 1
"""The largest tree size, index or timestamp that any of the formats carries."""
_MAX_DIGITS = len(str(MAX_SIZE))


def encode_base64(data: bytes) -> str:
    """Standard base64 with padding, RFC 4648 section 4."""
    return b64encode(data).decode("ascii")


def decode_base64(text: str, *, what: str) -> bytes:
    """The bytes of canonical standard base64; LogFormatError names `what` where the text is anything else."""
    try:
        data = b64decode(text, validate=True)
    except ValueError as error:
        raise LogFormatError(f"{what} is not base64") from error
    if encode_base64(data) != text:
        raise LogFormatError(f"{what} is not canonical base64")
    return data


def decode_decimal(text: str, *, what: str) -> int:
    """The number that `text` spells in ASCII digits without leading zeroes, at most MAX_SIZE."""
    if not (text.isascii() and text.isdigit()) or len(text) > _MAX_DIGITS or (text[0] == "0" and text != "0"):
        raise LogFormatError(f"{what} is not a decimal number without leading zeroes")
    number = int(text)
    if number > MAX_SIZE:
        raise LogFormatError(f"{what} is beyond 2^63 - 1")
    return number
