"""The forms in which one and the same line travels, and what each knows of the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from affidavit.core.clock import to_us
from affidavit.core.errors import EventError
from affidavit.formats.record.parts import merge, split
from affidavit.sources.linux.kind import KIND

SAYS = "Accepted password for alice from 192.0.2.10 port 50400 ssh2"
RECEIVED = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def _event(line: str | bytes, *, received: datetime = RECEIVED) -> dict[str, Any]:
    raw = line if isinstance(line, bytes) else line.encode()
    parts = merge(split(KIND.map(raw, to_us(received)), raw))
    return {name: msgspec.json.decode(value) for name, value in parts.items()}


def _entry(**fields: object) -> bytes:
    usual: dict[str, object] = {
        "__REALTIME_TIMESTAMP": "1795422000123456",
        "SYSLOG_IDENTIFIER": "sshd",
        "_PID": "7",
        "_HOSTNAME": "web1",
        "MESSAGE": SAYS,
    }
    return msgspec.json.encode(usual | fields)


FORMS: dict[str, tuple[str | bytes, int, int]] = {
    "rfc3164": (f"Nov 23 08:20:00 web1 sshd[7]: {SAYS}", 0, 0),
    "rfc3164 with priority": (f"<38>Nov 23 08:20:00 web1 sshd[7]: {SAYS}", 0, 0),
    "rfc3164 with microseconds": (f"Nov 23 08:20:00.123456 web1 sshd[7]: {SAYS}", 123, 0),
    "iso8601": (f"2026-11-23T09:20:00.123456+01:00 web1 sshd[7]: {SAYS}", 123, 60),
    "iso8601 with priority": (f"<38>2026-11-23T08:20:00Z web1 sshd[7]: {SAYS}", 0, 0),
    "iso8601 of journalctl": (f"2026-11-23T02:50:00-0530 web1 sshd[7]: {SAYS}", 0, -330),
    "rfc5424": (f"<38>1 2026-11-23T08:20:00.003Z web1 sshd 7 - - {SAYS}", 3, 0),
    "rfc5424 with a mark": (f"<38>1 2026-11-23T08:20:00Z web1 sshd 7 - - \ufeff{SAYS}", 0, 0),
    "rfc5424 with data": (f'<38>1 2026-11-23T08:20:00Z web1 sshd 7 - [a@1 b="\\"]"][c] {SAYS}', 0, 0),
    "rfc5424 without priority": (f"1 2026-11-23T08:20:00Z web1 sshd 7 - - {SAYS}", 0, 0),
    "journald": (_entry(), 123, 0),
    "journald with bytes": (_entry(MESSAGE=list(SAYS.encode())), 123, 0),
    "path as program": (f"Nov 23 08:20:00 web1 /usr/sbin/sshd[7]: {SAYS}", 0, 0),
    "sshd-session": (f"Nov 23 08:20:00 web1 sshd-session[7]: {SAYS}", 0, 0),
    "carriage return": (f"Nov 23 08:20:00 web1 sshd[7]: {SAYS}\r\n", 0, 0),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_same(form: str) -> None:
    """Who, from where, when, on which host and by which process."""
    line, milliseconds, offset = FORMS[form]
    event = _event(line)
    at = datetime(2026, 11, 23, 8, 20, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    assert event["time"] == to_us(at) // 1000
    assert event["timezone_offset"] == offset
    assert event["class_name"] == "Authentication"
    assert event["metadata"]["event_code"] == "accepted-password"
    assert event["user"]["name"] == event["actor"]["user"]["name"] == "alice"
    assert event["src_endpoint"] == {"ip": "192.0.2.10", "port": 50400}
    assert event["device"]["hostname"] == event["dst_endpoint"]["hostname"] == "web1"
    assert event["session"]["uid"] == "7"
    assert event["logon_process"]["pid"] == 7
    assert event["message"] == SAYS


@pytest.mark.parametrize(
    ("written", "received", "year"),
    [
        ("Nov 23 08:20:00", datetime(2026, 11, 23, 8, 21, tzinfo=UTC), 2026),
        ("Nov 24 08:20:00", datetime(2026, 11, 23, 8, 21, tzinfo=UTC), 2026),
        ("Nov 24 08:22:00", datetime(2026, 11, 23, 8, 21, tzinfo=UTC), 2025),
        ("Dec 31 23:59:59", datetime(2027, 1, 1, 0, 0, 1, tzinfo=UTC), 2026),
        ("Jan  1 00:30:00", datetime(2026, 12, 31, 23, 30, tzinfo=UTC), 2027),
        ("Jan  2 08:20:00", datetime(2026, 11, 23, tzinfo=UTC), 2026),
        ("Feb 29 08:20:00", datetime(2026, 11, 23, tzinfo=UTC), 2024),
        ("Feb 29 08:20:00", datetime(2028, 2, 29, 9, tzinfo=UTC), 2028),
    ],
)
def test_the_year_is_the_latest_that_is_not_in_the_future(
    written: str, received: datetime, year: int
) -> None:
    """RFC 3164 does not say the year; a day ahead is a clock that is off, more is last year."""
    event = _event(f"{written} web1 sshd[7]: {SAYS}", received=received)
    assert datetime.fromtimestamp(event["time"] / 1000, tz=UTC).year == year
    assert event["metadata"]["original_time"] == written


def test_a_line_without_a_host_is_about_the_host_itself() -> None:
    """As programs write to the local socket."""
    event = _event(f"<38>Nov 23 08:20:00 sshd[7]: {SAYS}")
    assert event["device"]["hostname"] == "localhost"
    assert event["user"]["name"] == "alice"


def test_a_host_may_be_an_address() -> None:
    """A relay that does not resolve names writes addresses."""
    event = _event(f"Nov 23 08:20:00 192.0.2.1 sshd[7]: {SAYS}")
    assert event["device"]["ip"] == event["dst_endpoint"]["ip"] == "192.0.2.1"


def test_the_journal_gives_each_entry_its_number() -> None:
    """The cursor's `i` counts entries without a hole, which a missing line breaks."""
    cursor = "s=c1fb;i=1f06;b=5926;m=9e;t=66;x=18"
    event = _event(_entry(__CURSOR=cursor, _MACHINE_ID="ab12", _BOOT_ID="cd34", _UID="0", PRIORITY="6"))
    assert event["metadata"]["uid"] == cursor
    assert event["metadata"]["sequence"] == 7942
    assert (event["device"]["uid"], event["device"]["boot_uid"]) == ("ab12", "cd34")
    assert event["unmapped"]["journal"]["_UID"] == "0"
    assert event["metadata"]["log_level"] == "info"


def test_a_cursor_that_is_none_is_not_believed() -> None:
    """Metadata cannot be erased, so no other text gets there."""
    event = _event(_entry(__CURSOR="alice@example.com"))
    assert "uid" not in event["metadata"]
    assert event["unmapped"]["journal"]["__CURSOR"] == "alice@example.com"


@pytest.mark.parametrize("message", [None, [], [300], [[1], "x", 5], {"a": 1}, 7])
def test_a_journal_entry_without_text_is_kept(message: object) -> None:
    """Journalctl writes null for what it finds too long, and nothing forbids other shapes."""
    event = _event(_entry(MESSAGE=message))
    assert event["metadata"]["event_code"] == "sshd-other"
    assert message in (None, []) or event["unmapped"]["journal"]["MESSAGE"] == message


def test_a_message_in_another_encoding_is_shown_escaped() -> None:
    """The journal hands over bytes; the original keeps them."""
    assert _event(_entry(MESSAGE=[99, 97, 102, 233]))["message"] == "caf\\xe9"


def test_a_line_that_is_not_utf_8_is_refused() -> None:
    """The reason says at which byte."""
    with pytest.raises(EventError) as refused:
        KIND.map(b"Nov 23 08:20:00 web1 sshd[7]: caf\xe9", to_us(RECEIVED))
    assert refused.value.code == "not-utf-8"
    assert "33" in str(refused.value)


def test_repeated_lines_count() -> None:
    """What syslog daemons fold is unfolded into a count."""
    event = _event(f"Nov 23 08:20:00 web1 sshd[7]: message repeated 5 times: [ {SAYS}]")
    assert (event["count"], event["metadata"]["event_code"]) == (5, "accepted-password")
