"""CloudTrail events with members missing or of the wrong type."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from affidavit.core.errors import EventError
from affidavit.sources.aws.kind import KIND

GOLDEN = Path(__file__).parents[4] / "tests/samples/aws.cloudtrail/golden"
ORIGINALS = [
    json.loads(path.read_bytes()) for path in sorted(GOLDEN.glob("*.json")) if not path.stem.endswith(".ocsf")
]
TRANSFORMED = frozenset(
    {
        "userIdentity.sessionContext.attributes.creationDate",
        "userIdentity.sessionContext.attributes.mfaAuthenticated",
        "additionalEventData.MFAUsed",
        "insightDetails.state",
    }
)
ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(["", " ", "true", "1969-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "10.0.0.1", "a@b.co"]),
    st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=4)), max_size=3),
    st.dictionaries(st.sampled_from(["arn", "items", "userId", "x"]), st.text(max_size=4), max_size=2),
)

Mapped = Callable[[bytes], dict[str, Any]]
Faults = Callable[[dict[str, Any]], list[Any]]
Unaccounted = Callable[[dict[str, Any], dict[str, Any], dict[str, Any] | None, AbstractSet[str]], list[str]]


def places(value: object) -> list[tuple[Any, Any]]:
    """Each (container, key) of a JSON value."""
    found: list[tuple[Any, Any]] = []
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        found.append((value, key))
        found += places(inner)
    return found


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """A golden original with up to four members deleted or replaced."""
    event: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(ORIGINALS)))
    for _ in range(draw(st.integers(1, 4))):
        container, key = draw(st.sampled_from(places(event) or [(event, "eventName")]))
        if isinstance(container, dict) and draw(st.booleans()):
            container.pop(key, None)
        else:
            container[key] = draw(ODD)
    return event


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(event=mutated())
def test_odd_events_are_mapped_or_refused(
    event: dict[str, Any], mapped: Mapped, faults: Faults, unaccounted: Unaccounted
) -> None:
    """Whatever an event lacks or garbles, it is refused, or the event is valid and nothing is lost."""
    try:
        result = mapped(json.dumps(event).encode())
    except EventError:
        assert not event.get("eventName")
        return
    assert faults(result) == []
    assert unaccounted(event, result, result.get("unmapped"), TRANSFORMED) == []


@settings(max_examples=100, deadline=None)
@given(raw=st.one_of(st.binary(max_size=64), st.text(max_size=64).map(str.encode)))
def test_garbage_is_refused(raw: bytes) -> None:
    """Bytes that are no event raise EventError and nothing else."""
    try:
        KIND.map(raw, 1)
    except EventError:
        return
    assert "eventName" in json.loads(raw)
