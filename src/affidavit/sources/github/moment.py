"""When it happened: milliseconds since 1970 as GitHub sends them, or the texts that exports make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from affidavit.core.errors import EventError
from affidavit.sources.values import time_ms

if TYPE_CHECKING:
    from affidavit.sources.github.taking import Raw

LATEST_MS = 4_102_444_800_000
"""2100-01-01: no event has happened after it."""
_SECONDS_BELOW = 100_000_000_000
"""A smaller number is of seconds: as milliseconds it would lie before March 1973."""
_NAMES = ("@timestamp", "created_at", "at_sign_timestamp")


def when(event: Raw) -> tuple[int, int, str] | None:
    """Take the time: (milliseconds, offset from UTC in minutes, as written); None where there is none."""
    for name in _NAMES:
        value = event.get(name)
        if value is None:
            continue
        found = _moment(value)
        if found is not None:
            written = str(value)
            for other in _NAMES:
                if other in event and str(event[other]) == written:
                    del event[other]
            return *found, written
    return None


def _moment(value: Any) -> tuple[int, int] | None:
    """(milliseconds, offset in minutes) of one value."""
    if type(value) is int or type(value) is float:
        ms = int(value * 1000) if value < _SECONDS_BELOW else int(value)
        return (ms, 0) if 0 < ms < LATEST_MS else None
    if not isinstance(value, str):
        return None
    if value.isdecimal() and value.isascii() and len(value) <= len(str(LATEST_MS)):
        return _moment(int(value))
    try:
        ms, offset = time_ms(value)
    except EventError:
        return None
    return (ms, offset) if ms < LATEST_MS else None
