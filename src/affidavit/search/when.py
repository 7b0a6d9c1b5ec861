"""Points in time as people write them: `7d` ago, a day, or RFC 3339."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from affidavit.core.clock import to_us
from affidavit.core.errors import QueryError

_AGO = re.compile(r"([0-9]{1,6})\s*(s|m|h|d|w)", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_MAX_US = 2**62


def moment_us(text: str, *, now_us: int) -> int:
    """Microseconds since 1970; what has no offset is UTC. QueryError where it is no time."""
    words = text.strip()
    if words.lower() == "now":
        return now_us
    ago = _AGO.fullmatch(words)
    if ago is not None:
        return max(0, now_us - int(ago[1]) * _SECONDS[ago[2].lower()] * 1_000_000)
    try:
        moment = datetime.fromisoformat(words)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0, min(to_us(moment), _MAX_US))
    except (ValueError, OverflowError) as error:
        raise QueryError(
            f"{text[:64]!r} is no time; use 30m, 2h, 7d, 4w, a day such as 2026-11-01, or RFC 3339"
        ) from error
