"""When an event was published. Okta writes `2026-11-17T08:02:11.482Z`, so that form has a short way."""

from __future__ import annotations

from functools import lru_cache

from affidavit.sources.values import time_ms

_USUAL_LENGTH = len("2026-11-17T08:02:11.482Z")
_MINUTE_MS = 60_000
LATEST_MS = 4_102_444_800_000
"""2100-01-01: no event has happened after it."""


def published_ms(text: str) -> tuple[int, int]:
    """(milliseconds since 1970, offset in minutes) of `published`; EventError where it is no time."""
    if len(text) == _USUAL_LENGTH and text[23] == "Z" and text[19] == "." and text.isascii():
        digits = text[17:19] + text[20:23]
        if digits.isdigit() and (within := int(digits)) < _MINUTE_MS:
            return _minute_ms(text[:17]) + within, 0
    return time_ms(text)


@lru_cache(maxsize=4096)
def _minute_ms(text: str) -> int:
    """Milliseconds since 1970 of a minute, `2026-11-17T08:02:`, in UTC."""
    return time_ms(f"{text}00.000Z")[0]
