"""Canonical JSON: the RFC 8785 subset that sealed documents use.

ASCII keys in sorted order, no white space, integers below 2^53, strings, booleans, null, arrays and
objects; no floats. Within that subset the bytes equal those of any RFC 8785 implementation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from affidavit.core.errors import RecordError

_KINDS = "object, array, string, integer, boolean or null"
MAX_INTEGER = 2**53 - 1


def encode(value: object) -> bytes:
    """The one byte string for `value`; RecordError where the value is outside the subset."""
    _check(value, "$")
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise RecordError("a string holds a lone surrogate, which has no UTF-8 form") from error


def _check(value: object, where: str) -> None:
    if value is None or isinstance(value, bool | str):
        return
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise RecordError(f"{where}: integer beyond 2^53")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise RecordError(f"{where}: key {key!r} is not an ASCII string")
            _check(item, f"{where}.{key}")
    elif isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        for at, item in enumerate(value):
            _check(item, f"{where}[{at}]")
    else:
        raise RecordError(f"{where}: {type(value).__name__} is not {_KINDS}")
