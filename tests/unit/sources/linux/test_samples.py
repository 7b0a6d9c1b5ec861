"""What Debian 12's sshd, PAM and their neighbours wrote, and what becomes of it.

auth.log, iso8601.log, rfc5424.log, priority.log and journal.log were written by openssh-server 9.2p1, sudo,
su, cron and shadow through rsyslog 8.2302 and systemd-journald 252, then thinned out and given other host
names and paths; other-releases.log is written by hand, after what other releases and programs are known to
say, and no program of them was run.
"""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from affidavit.core.errors import EventError
from affidavit.formats.record.parts import merge, split
from affidavit.sources.linux.kind import KIND

ROOT = Path(__file__).parents[4]
SAMPLES = ROOT / "tests" / "samples" / "linux.sshd"
CHECKER = ROOT.parent / "shared" / "ocsf" / "check.py"
GOLDEN = ["auth", "iso8601", "rfc5424", "priority", "journal", "other-releases"]
RECEIVED_US = 1_795_430_000_000_000
"""2026-11-23T10:33:20Z, shortly after the lines were written."""
UNRECOGNISED = {"sshd-other", "sshd-error", "connection-error", "program-other"}


def _lines(name: str) -> list[bytes]:
    return (SAMPLES / f"{name}.log").read_bytes().splitlines()


def _mapped(line: bytes) -> dict[str, Any]:
    event = merge(split(KIND.map(line, RECEIVED_US), line))
    return {name: msgspec.json.decode(value) for name, value in event.items()}


@pytest.mark.parametrize("name", GOLDEN)
def test_each_line_maps_as_written_down(name: str) -> None:
    """The mapping of version 1 does not change by accident."""
    expected = (SAMPLES / f"{name}.expected.ndjson").read_bytes().splitlines()
    for line, event in zip(_lines(name), expected, strict=True):
        assert _mapped(line) == msgspec.json.decode(event), line


@pytest.mark.skipif(not CHECKER.exists(), reason="the OCSF checker lies beside the repository, not in it")
@pytest.mark.parametrize("name", GOLDEN)
def test_every_event_is_valid_ocsf(name: str) -> None:
    """Required attributes, constraints, enumerations and types of OCSF 1.8.0."""
    spec = importlib.util.spec_from_file_location("ocsf_check", CHECKER)
    assert spec is not None
    assert spec.loader is not None
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    for line in _lines(name):
        assert check.faults(_mapped(line)) == [], line


@pytest.mark.parametrize("name", GOLDEN)
def test_every_word_of_a_line_is_in_its_event(name: str) -> None:
    """Raw = mapped + unmapped: nothing that the line says is lost."""
    for line in _lines(name):
        if line.startswith(b"{"):
            said = [str(v) for k, v in msgspec.json.decode(line).items() if isinstance(v, str) and v]
        else:
            said = re.sub(r"^<\d+>(1 )?", "", line.decode()).split()
        event = _mapped(line)
        shown = msgspec.json.encode(event).decode() + " ".join(_texts(event))
        for word in said:
            bare = re.sub(r"\[\d+\]:?$|:$", "", word.strip())
            assert bare in shown or bare == "-", (word, line)
        number = re.match(rb"<(\d+)>", line)
        assert number is None or event["unmapped"]["priority"] == int(number[1])


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [str(value)]


def test_real_lines_of_sshd_are_nearly_all_recognised() -> None:
    """At least 98 of 100 lines belong to a family, and no line to the base class."""
    codes: Counter[bool] = Counter()
    for name in ("auth", "iso8601", "rfc5424", "priority", "journal"):
        for line in _lines(name):
            event = _mapped(line)
            assert event["class_uid"] != 0
            if b"sshd" in line:
                codes[event["metadata"]["event_code"] in UNRECOGNISED] += 1
    assert codes[False] >= 0.98 * codes.total()


@pytest.mark.parametrize("name", GOLDEN)
def test_nothing_personal_is_unerasable(name: str) -> None:
    """The facts, which no erasure reaches, hold no name, address, host or free text."""
    allowed = re.compile(
        r"[a-z0-9/-]{1,40}|[A-Z][A-Za-z0-9 &]{1,40}|[0-9T:.+Z -]{1,40}|[A-Z][a-z]{2} [ \d]\d [\d:.]+"
        r"|host|[a-z]=[0-9a-f;a-z=]+"
    )
    for line in _lines(name):
        facts = msgspec.json.decode(split(KIND.map(line, RECEIVED_US), line).facts)
        for text in _texts({k: v for k, v in facts.items() if "-" not in k}):
            assert allowed.fullmatch(text), (text, line)
            assert not re.search(r"alice|bob|carol|oracle|admin|127\.0|203\.0|bastion|web1", text), (
                text,
                line,
            )


def test_malformed_lines_are_refused_with_a_reason() -> None:
    """What is no line of a log goes to quarantine, each with its code."""
    expected = (SAMPLES / "malformed.expected.txt").read_text().split()
    for line, code in zip(_lines("malformed"), expected, strict=True):
        with pytest.raises(EventError) as refused:
            KIND.map(line, RECEIVED_US)
        assert refused.value.code == code, line


def test_the_bundled_sample_maps() -> None:
    """What a newcomer sees first is all recognised."""
    path = ROOT / "src" / "affidavit" / "sources" / "linux" / "samples.log"
    codes = Counter(_mapped(line)["metadata"]["event_code"] for line in path.read_bytes().splitlines())
    assert codes.total() >= 40
    assert not codes.keys() & UNRECOGNISED
    assert len(codes) >= 20
