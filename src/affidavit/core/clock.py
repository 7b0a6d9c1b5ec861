"""Time, passed in. Every moment inside Affidavit is an integer of microseconds since 1970, UTC."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND_US = 1_000_000
_MINUTE_US = 60 * _SECOND_US


class Clock(Protocol):
    """What tells the time."""

    def now_us(self) -> int:
        """Microseconds since 1970-01-01T00:00:00Z."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_us(self) -> int:
        """Microseconds since 1970-01-01T00:00:00Z."""
        return time.time_ns() // 1000


def from_us(moment_us: int) -> datetime:
    """An aware UTC datetime."""
    return _EPOCH + timedelta(microseconds=moment_us)


def to_us(moment: datetime) -> int:
    """Microseconds since 1970; `moment` must be aware."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def isoformat(moment_us: int) -> str:
    """RFC 3339 in UTC with microseconds, `2026-11-23T08:20:00.000000Z`."""
    minute, rest_us = divmod(moment_us, _MINUTE_US)
    return "%s%02d.%06dZ" % (_minute(minute), *divmod(rest_us, _SECOND_US))  # noqa: UP031 - takes two thirds of the time


@lru_cache(maxsize=4096)
def _minute(minute: int) -> str:
    """Many records have the same minute."""
    return from_us(minute * _MINUTE_US).isoformat(timespec="seconds")[: -len("00+00:00")]
