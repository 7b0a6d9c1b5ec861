"""Journal entries as `journalctl -o json` prints them: one JSON object a line."""

from __future__ import annotations

import re
from typing import Any

from affidavit.core.errors import EventError
from affidavit.sources.linux.syslog import LATEST_MS, Line
from affidavit.sources.values import json_object

_MAX_PID = 2**32
_CURSOR = re.compile(r"[a-z]=[0-9a-f]{1,32}(?:;[a-z]=[0-9a-f]{1,32}){0,9}")
"""It becomes metadata, which cannot be erased, so it must be nothing but numbers."""


def read_entry(raw: bytes) -> Line:
    """The entry that `raw` is; EventError where it is no JSON object with a journal's time."""
    entry = json_object(raw)
    original = entry.pop("__REALTIME_TIMESTAMP", None)
    moment = _number(original)
    if moment is None:
        raise EventError("JSON, but no journal entry: __REALTIME_TIMESTAMP is missing", code="not-syslog")
    if not 0 < moment // 1000 < LATEST_MS:
        raise EventError(f"time {str(original)[:64]!r} is not between 1970 and 2100", code="bad-time")
    priority = _number(entry.get("PRIORITY"))
    facility = _number(entry.get("SYSLOG_FACILITY"))
    cursor = _text(entry.get("__CURSOR"))
    if cursor is not None and _CURSOR.fullmatch(cursor):
        del entry["__CURSOR"]
    else:
        cursor = None
    pid = _number(entry.get("_PID", entry.get("SYSLOG_PID")))
    line = Line(
        form="journald",
        message=(_pop_text(entry, "MESSAGE") or "").strip(),
        time_ms=moment // 1000,
        offset_minutes=0,
        original_time=str(moment),
        host=_pop_text(entry, "_HOSTNAME"),
        program=_pop_text(entry, "SYSLOG_IDENTIFIER") or _text(entry.get("_COMM")) or "",
        pid=pid if pid is not None and pid < _MAX_PID else None,
        uid=cursor,
        sequence=_sequence(cursor),
        machine_uid=_pop_text(entry, "_MACHINE_ID"),
        boot_uid=_pop_text(entry, "_BOOT_ID"),
    )
    if priority is not None and priority < 8:  # noqa: PLR2004 - syslog severities are 0 to 7
        line.priority = priority + 8 * (facility if facility is not None and facility < 24 else 0)  # noqa: PLR2004 - facilities are 0 to 23
    line.rest = entry or None
    return line


def _pop_text(entry: dict[str, Any], name: str) -> str | None:
    """The field as text; one that is neither text nor bytes stays where it is."""
    text = _text(entry.get(name))
    if text is not None:
        del entry[name]
    return text


def _text(value: object) -> str | None:
    """A field: text, an array of bytes where it is not UTF-8, or an array of either where it was repeated."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, list) and value:
        if all(type(byte) is int and 0 <= byte < 256 for byte in value):  # noqa: PLR2004 - a byte
            return bytes(value).decode(errors="backslashreplace")
        texts = [_text(item) for item in value if isinstance(item, str) or _is_bytes(item)]
        if len(texts) == len(value):
            return "\n".join(text or "" for text in texts)
    return None


def _is_bytes(value: object) -> bool:
    return isinstance(value, list) and all(type(byte) is int and 0 <= byte < 256 for byte in value)  # noqa: PLR2004


def _number(value: object) -> int | None:
    """A non-negative decimal number, which the journal writes as a string."""
    if type(value) is int and 0 <= value < 2**63:
        return value
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19:  # noqa: PLR2004 - int64
        return int(value)
    return None


def _sequence(cursor: str | None) -> int | None:
    """The entry's number, which the cursor holds as `i=` in hexadecimal."""
    for field in (cursor or "").split(";"):
        if field.startswith("i="):
            try:
                number = int(field.removeprefix("i="), base=16)
            except ValueError:
                return None
            return number if 0 <= number < 2**53 else None
    return None
