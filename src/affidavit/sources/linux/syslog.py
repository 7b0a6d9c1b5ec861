"""The forms in which a log line of a Linux host travels, read into one Line.

RFC 3164 (`Nov 23 08:20:00 host sshd[123]: text`), the same with an ISO 8601 time (newer rsyslog), RFC 5424
and one JSON object a line (`journalctl -o json`), each with or without the leading `<PRI>`. An RFC 3164
time has neither year nor zone: the year is the latest in which the time is at most a day after receipt, and
the zone is taken as UTC, so a host that writes local time is off by its offset; ISO 8601, RFC 5424 and
journal lines say their zone.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from affidavit.core.errors import EventError
from affidavit.sources.remembering import remembered
from affidavit.sources.values import time_ms

DAY_US = 86_400_000_000
LATEST_MS = 4_102_444_800_000
"""The year 2100, beyond which no log line is believed."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), start=1
    )
}
_PRIORITY = re.compile(r"<(\d{1,3})>", re.ASCII)
_HEAD = re.compile(
    r"(?:(?P<short>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,9})?)"
    r"|(?P<iso>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*)) +",
    re.ASCII,
)
_TAG = re.compile(r"(?:(\S*[^\s:]) +)?([^\s:\[]+)(?:\[(\d{1,10})\])?:(?: (.*)|$)", re.ASCII | re.DOTALL)
_NO_TAG = re.compile(r"(\S+)(?: (.*)|$)", re.ASCII | re.DOTALL)
_ELEMENT = r"\[[^\s=\]\"]+(?: [^\s=\]\"]+=\"(?:[^\"\\]|\\.)*\")*\]"
_RFC5424 = re.compile(
    rf"1 (\S+) (\S+) (\S+) (\S+) (\S+)(?: (-|(?:{_ELEMENT})+))?(?: (.*)|$)", re.ASCII | re.DOTALL
)


class Line(msgspec.Struct, kw_only=True):
    """One log line: when, where, by which program, and what it says."""

    form: str
    """`rfc3164`, `iso8601`, `rfc5424` or `journald`."""
    message: str
    time_ms: int
    offset_minutes: int
    original_time: str
    host: str | None
    program: str
    pid: int | None
    priority: int | None = None
    """Facility times eight plus severity."""
    uid: str | None = None
    """The line's own identity where it has one: the journal's cursor."""
    sequence: int | None = None
    machine_uid: str | None = None
    boot_uid: str | None = None
    rest: dict[str, Any] | None = None
    """What else the line's envelope holds."""


def read_line(raw: bytes, received_us: int) -> Line:
    """The line that `raw` is; EventError where it is no syslog line, or not UTF-8."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise EventError(f"not UTF-8: byte {error.start}", code="not-utf-8") from error
    start, priority = 0, None
    if found := _PRIORITY.match(text):
        start, priority = found.end(), int(found[1])
    line = (
        _rfc5424(text, start, received_us)
        if text.startswith("1 ", start)
        else _classic(text, start, received_us)
    )
    if line is None:
        raise EventError("neither a syslog line nor a journal entry", code="not-syslog")
    if not 0 < line.time_ms < LATEST_MS:
        raise EventError(f"time {line.original_time[:64]!r} is not between 1970 and 2100", code="bad-time")
    line.priority = priority
    return line


def _classic(text: str, start: int, received_us: int) -> Line | None:
    """RFC 3164, with its own time or an ISO 8601 one; the host or the tag may be missing."""
    head = _HEAD.match(text, start)
    if head is None:
        return None
    if short := head["short"]:
        form, original, offset = "rfc3164", short, 0
        moment = short_time_ms(short, received_us)
    else:
        form, original = "iso8601", head["iso"]
        moment, offset = time_ms(original)
    if tagged := _TAG.match(text, head.end()):
        host, program, pid, message = tagged.groups()
    elif plain := _NO_TAG.match(text, head.end()):
        host, message = plain.groups()
        program, pid = "", None
    else:
        return None
    return Line(
        form=form,
        message=(message or "").strip(),
        time_ms=moment,
        offset_minutes=offset,
        original_time=original,
        host=host,
        program=program,
        pid=int(pid) if pid else None,
    )


def _rfc5424(text: str, start: int, received_us: int) -> Line | None:
    found = _RFC5424.match(text, start)
    if found is None:
        return None
    time, host, program, pid, message_id, data, message = found.groups()
    if time == "-":
        moment, offset = received_us // 1000, 0
    else:
        moment, offset = time_ms(time)
    rest = {}
    if message_id != "-":
        rest["message_id"] = message_id
    if data and data != "-":
        rest["structured_data"] = data
    if pid != "-" and not pid.isdecimal():
        rest["process_id"] = pid
    return Line(
        form="rfc5424",
        message=(message or "").removeprefix("\ufeff").strip(),
        time_ms=moment,
        offset_minutes=offset,
        original_time=time,
        host=None if host == "-" else host,
        program="" if program == "-" else program,
        pid=int(pid) if pid.isascii() and pid.isdecimal() and len(pid) <= 10 else None,  # noqa: PLR2004 - 2^32
        rest=rest or None,
    )


def short_time_ms(text: str, received_us: int) -> int:
    """Milliseconds since 1970 of `Nov 23 08:20:00`, taken as UTC.

    The year is the latest in which the time is at most a day after receipt.
    """
    latest_ms = (received_us + DAY_US) // 1000
    this_year = _year(received_us // DAY_US)
    for year in range(this_year + 1, max(this_year - 9, 1969), -1):
        moment = _moment_ms(text, year)
        if moment is not None and moment <= latest_ms:
            return moment
    raise EventError(f"{text!r} is not a time", code="bad-time")


@remembered(1024)
def _year(day: int) -> int:
    """Of that day since 1970."""
    return (_EPOCH + timedelta(days=day)).year


@remembered(4096)
def _moment_ms(text: str, year: int) -> int | None:
    """Milliseconds since 1970 of `Nov 23 08:20:00` in `year`; None for 29 February of a common year."""
    month = _MONTHS.get(text[:3])
    if month is None:
        return None
    try:
        moment = datetime(
            year, month, int(text[4:6]), int(text[7:9]), int(text[10:12]), int(text[13:15]), tzinfo=UTC
        )
    except ValueError:
        return None
    return (moment - _EPOCH) // timedelta(milliseconds=1) + int(text[16:19].ljust(3, "0"))
