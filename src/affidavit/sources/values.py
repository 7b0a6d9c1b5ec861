"""Reading vendors' values: JSON objects, times with their offset, addresses. Each refuses with EventError."""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from affidavit.core.errors import EventError
from affidavit.sources.remembering import remembered

MAX_DEPTH = 64
"""Levels of nesting; real audit events stay below 20, and a deeper one is an attack on whoever reads it."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def json_object(raw: bytes) -> dict[str, Any]:
    """The JSON object that `raw` is; EventError for anything else, or nesting beyond MAX_DEPTH."""
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _depth(raw) > MAX_DEPTH:
        raise EventError(f"nested deeper than {MAX_DEPTH} levels", code="too-deep")
    try:
        return _decode(raw)
    except msgspec.ValidationError as error:
        raise EventError("not a JSON object", code="not-an-object") from error
    except UnicodeDecodeError as error:
        raise EventError(f"not UTF-8: byte {error.start}", code="not-utf-8") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise EventError(f"not JSON: {error}", code="not-json") from error


def _depth(raw: bytes) -> int:
    """Deepest nesting of brackets outside strings."""
    depth = deepest = 0
    quoted = escaped = False
    for byte in raw:
        if quoted:
            if escaped:
                escaped = False
            elif byte == 0x5C:  # noqa: PLR2004 - backslash
                escaped = True
            elif byte == 0x22:  # noqa: PLR2004 - quote
                quoted = False
        elif byte == 0x22:  # noqa: PLR2004 - quote
            quoted = True
        elif byte in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"}]":
            depth -= 1
    return deepest


def time_ms(text: object) -> tuple[int, int]:
    """(milliseconds since 1970, original offset from UTC in minutes) of an ISO 8601 / RFC 3339 time.

    A time without an offset is taken as UTC. EventError where it is no such time, or not after 1970.
    """
    if not isinstance(text, str):
        raise EventError(f"time {text!r} is not a string", code="bad-time")
    return _moment(text)


@remembered(4096)
def _moment(text: str) -> tuple[int, int]:
    """As time_ms. Where there are many events, many of them happen at one moment."""
    if len(text) in _USUAL_LENGTHS and text[-1] == "Z" and text.isascii():
        # Most vendors write 2026-11-17T08:02:11.482Z: its second is read once, the rest is digits.
        fraction = text[20:-1]
        if not fraction or (text[19] == "." and fraction.isdigit()):
            return _second_ms(text[:19]) + _fraction_ms(fraction), 0
    return _general_ms(text)


_USUAL_LENGTHS = frozenset(
    {len("2026-11-17T08:02:11Z"), len("2026-11-17T08:02:11.482Z"), len("2026-11-17T08:02:11.482913Z")}
)


def _fraction_ms(digits: str) -> int:
    """The milliseconds that no, three or six digits after the point are, rounded."""
    if len(digits) == 3:  # noqa: PLR2004 - milliseconds
        return int(digits)
    return (int(digits) + 500) // 1000 if digits else 0


@remembered(4096)
def _second_ms(text: str) -> int:
    """Milliseconds since 1970 of a second in UTC, such as `2026-11-17T08:02:11`."""
    return _general_ms(f"{text}Z")[0]


def _general_ms(text: str) -> tuple[int, int]:
    """As time_ms, whatever the form."""
    try:
        moment = datetime.fromisoformat(text)
        offset = moment.utcoffset()
        if offset is None:
            moment = moment.replace(tzinfo=UTC)
        ms = int(moment.timestamp() * 1000 + 0.5)
    except (ValueError, OverflowError) as error:
        raise EventError(f"{text[:64]!r} is not an ISO 8601 time", code="bad-time") from error
    if ms <= 0:
        raise EventError(f"time {text[:64]!r} is not after 1970", code="bad-time")
    return ms, 0 if offset is None else int(offset.total_seconds() // 60)


@remembered(65536)
def is_ip(text: object) -> bool:
    """Whether `text` is an IPv4 or IPv6 address, which OCSF's ip_t asks for."""
    try:
        ipaddress.ip_address(text)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return False
    return isinstance(text, str)


_EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]+", re.ASCII)


def is_email(text: str) -> bool:
    """Whether `text` is an address that OCSF's email_t takes."""
    return _EMAIL.fullmatch(text) is not None
