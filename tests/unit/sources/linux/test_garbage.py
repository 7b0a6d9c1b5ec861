"""Whatever comes, a line is mapped to a valid event or refused with EventError."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from affidavit.core.errors import EventError
from affidavit.formats.record.parts import merge, split
from affidavit.sources.linux.kind import KIND

ROOT = Path(__file__).parents[4]
FIELDS = [
    *("__REALTIME_TIMESTAMP", "__CURSOR", "MESSAGE", "_PID", "SYSLOG_PID", "_HOSTNAME", "SYSLOG_IDENTIFIER"),
    *("_COMM", "PRIORITY", "SYSLOG_FACILITY", "_MACHINE_ID", "_BOOT_ID", "OTHER"),
]
RECEIVED_US = 1_795_430_000_000_000


@cache
def _real_lines() -> list[bytes]:
    folder = ROOT / "tests" / "samples" / "linux.sshd"
    return [line for path in sorted(folder.glob("*.log")) for line in path.read_bytes().splitlines()]


@cache
def _checker() -> Any:
    path = ROOT.parent / "shared" / "ocsf" / "check.py"
    if not path.exists():
        return None
    spec = importlib.util.spec_from_file_location("ocsf_check", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _valid_or_refused(line: bytes) -> None:
    try:
        event = KIND.map(line, RECEIVED_US)
    except EventError:
        return
    parts = split(event, line)
    whole = {name: msgspec.json.decode(value) for name, value in merge(parts).items()}
    assert parts.raw == line
    if _checker() is not None:
        assert _checker().faults(whole) == []


@given(st.binary(max_size=300))
@example(b"{" * 10_000)
@example(b"")
@example(b"<38>1 - - - - - -")
def test_random_bytes(line: bytes) -> None:
    """No bytes at all break it."""
    _valid_or_refused(line)


@given(st.data())
def test_mutated_lines(data: st.DataObject) -> None:
    """Real lines with pieces cut, doubled, swapped in from others, or bytes changed."""
    line = bytearray(data.draw(st.sampled_from(_real_lines())))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(line)))
        end = data.draw(st.integers(start, min(len(line), start + 40)))
        other = data.draw(st.sampled_from(_real_lines()))
        at = data.draw(st.integers(0, len(other)))
        line[start:end] = data.draw(
            st.sampled_from([b"", bytes(line[start:end]) * 2, other[at : at + 20]]) | st.binary(max_size=6)
        )
    _valid_or_refused(bytes(line))


@given(st.text(max_size=120), st.sampled_from(["sshd[1]", "sudo", "su", "CRON[2]", "login", "usermod", "x"]))
def test_any_message_of_any_program(message: str, program: str) -> None:
    """A program may say what it likes."""
    _valid_or_refused(f"Nov 23 08:20:00 host {program}: {message}".encode(errors="replace"))


@given(
    st.dictionaries(
        st.sampled_from(FIELDS),
        st.none()
        | st.text(max_size=20)
        | st.integers(-(10**20), 10**20)
        | st.lists(st.integers(0, 300) | st.text(max_size=3), max_size=4)
        | st.sampled_from(["1795422000123456", "6", "s=1;i=ffffffffffffffff;b=0", "sshd"]),
    )
)
def test_any_fields_of_a_journal_entry(fields: dict[str, Any]) -> None:
    """Each field may be missing, repeated, of another type or beyond every range."""
    _valid_or_refused(msgspec.json.encode({"__REALTIME_TIMESTAMP": "1795422000123456"} | fields))
