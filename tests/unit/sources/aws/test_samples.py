"""CloudTrail events as they come, and the OCSF events that they must become."""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import pytest

from affidavit.core.errors import EventError
from affidavit.sources.aws.kind import KIND

ROOT = Path(__file__).parents[4]
SAMPLES = ROOT / "tests/samples/aws.cloudtrail"
GOLDEN = sorted(path for path in (SAMPLES / "golden").glob("*.json") if not path.stem.endswith(".ocsf"))
MALFORMED = sorted((SAMPLES / "malformed").iterdir())
DEMO = ROOT / "src/affidavit/sources/aws/samples.ndjson"
SHARED = ROOT.parent / "shared/samples"
REAL = ("aws.cloudtrail", "aws.cloudtrail-attack", "aws.cloudtrail-techniques")
TRANSFORMED = frozenset(
    {
        "userIdentity.sessionContext.attributes.creationDate",
        "userIdentity.sessionContext.attributes.mfaAuthenticated",
        "additionalEventData.MFAUsed",
        "insightDetails.state",
    }
)
"""What the OCSF event says in other words: a time, booleans, the activity of an insight."""

Mapped = Callable[[bytes], dict[str, Any]]
Faults = Callable[[dict[str, Any]], list[Any]]
Unaccounted = Callable[[dict[str, Any], dict[str, Any], dict[str, Any] | None, AbstractSet[str]], list[str]]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden(path: Path, mapped: Mapped, unaccounted: Unaccounted) -> None:
    """Each golden original becomes exactly the event beside it, and loses nothing on the way."""
    raw = path.read_bytes()
    event = mapped(raw)
    assert event == json.loads(path.with_suffix(".ocsf.json").read_bytes())
    assert unaccounted(json.loads(raw), event, event.get("unmapped"), TRANSFORMED) == []


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_is_valid_ocsf(path: Path, mapped: Mapped, faults: Faults) -> None:
    """Each golden event satisfies the OCSF 1.8.0 schema."""
    assert faults(mapped(path.read_bytes())) == []


@pytest.mark.parametrize("path", MALFORMED, ids=lambda path: path.stem)
def test_malformed(path: Path) -> None:
    """What is no CloudTrail event is refused with a reason."""
    with pytest.raises(EventError) as caught:
        KIND.map(path.read_bytes(), 1)
    assert caught.value.message


def test_demo(mapped: Mapped, faults: Faults, unaccounted: Unaccounted) -> None:
    """The bundled samples tell a story of a week in several classes, valid and without loss."""
    lines = DEMO.read_bytes().splitlines()
    events = [mapped(line) for line in lines]
    assert len(events) >= 40
    assert {event["class_uid"] for event in events} >= {2004, 3001, 3002, 3005, 3006, 6003}
    assert [faults(event) for event in events if faults(event)] == []
    for line, event in zip(lines, events, strict=True):
        assert unaccounted(json.loads(line), event, event.get("unmapped"), TRANSFORMED) == []
    times = [event["time"] for event in events]
    assert times == sorted(times)


@pytest.mark.skipif(not SHARED.exists(), reason="the folder of real events is not beside this repository")
@pytest.mark.parametrize("name", REAL)
def test_real_events(name: str, mapped: Mapped, faults: Faults, unaccounted: Unaccounted) -> None:
    """At least 98 % of real events map to a specific class; all that is emitted is valid and without loss."""
    lines = (SHARED / f"{name}.ndjson").read_bytes().splitlines()
    specific = 0
    for line in lines:
        try:
            event = mapped(line)
        except EventError:
            continue
        specific += event["class_uid"] != 0
        assert faults(event) == []
        assert unaccounted(json.loads(line), event, event.get("unmapped"), TRANSFORMED) == []
    assert specific >= 0.98 * len(lines)
