"""A token's text: `aff_<id>_<secret>`, of which only the SHA-256 is kept.

The secret is 32 random bytes, so that a fast hash is as good as a slow one: there is nothing to guess. The
text is never a part of any message or repr.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field

from affidavit.core.errors import UnauthenticatedError

PREFIX = "aff"
_ID_BYTES = 8
_SECRET_BYTES = 32
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_LENGTH = 43
"""Base 62 digits that hold 32 bytes."""
_FORM = re.compile(rf"{PREFIX}_([0-9a-f]{{{2 * _ID_BYTES}}})_[0-9A-Za-z]{{{_SECRET_LENGTH}}}")


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenText:
    """A token's text, read: the id that finds it and the digest that proves it."""

    id: str
    digest: bytes = field(repr=False)


def new_token_text() -> str:
    """A fresh token; who has this text is its holder."""
    number = int.from_bytes(os.urandom(_SECRET_BYTES), "big")
    digits = []
    for _ in range(_SECRET_LENGTH):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return f"{PREFIX}_{os.urandom(_ID_BYTES).hex()}_{''.join(digits)}"


def parse(text: str) -> TokenText:
    """Reads a token; UnauthenticatedError, which does not repeat it, where the form is not one's."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise UnauthenticatedError("this is not the text of a token")
    return TokenText(id=form[1], digest=hashlib.sha256(text.encode()).digest())
