"""Kubernetes audit events as they come, and garbled, and the OCSF events that they must become."""

from __future__ import annotations

import copy
import importlib.util
import json
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from affidavit.core.errors import EventError
from affidavit.formats.record.parts import merge, split
from affidavit.sources.kubernetes.kind import KIND

ROOT = Path(__file__).parents[4]
SAMPLES = ROOT / "tests/samples/kubernetes.audit"
GOLDEN = sorted(path for path in (SAMPLES / "golden").glob("*.json") if not path.stem.endswith(".ocsf"))
MALFORMED = sorted((SAMPLES / "malformed").iterdir())
DEMO = ROOT / "src/affidavit/sources/kubernetes/samples.ndjson"
REAL = ROOT.parent / "shared/samples/kubernetes.audit.ndjson"
ORIGINALS = [json.loads(path.read_bytes()) for path in GOLDEN]
RECEIVED_US = 1_795_000_000_123_456
TRANSFORMED = frozenset({"kind", "verb", "objectRef.resource", "objectRef.subresource"})
"""What the OCSF event says in other words: `create pods/exec`; `kind` is always Event."""

Mapped = Callable[[bytes], dict[str, Any]]
Faults = Callable[[dict[str, Any]], list[Any]]
Unaccounted = Callable[[dict[str, Any], dict[str, Any], dict[str, Any] | None, AbstractSet[str]], list[str]]
ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(["", " ", "true", "1969-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "10.0.0.1", "a@b.co"]),
    st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=4)), max_size=3),
    st.dictionaries(st.sampled_from(["username", "name", "code", "x"]), st.text(max_size=4), max_size=2),
)


@pytest.fixture(scope="session")
def mapped() -> Mapped:
    """From an original's bytes to the OCSF event as whoever searches it gets it."""

    def event(raw: bytes) -> dict[str, Any]:
        divided = split(KIND.map(raw, RECEIVED_US), raw)
        return {name: json.loads(bytes(value)) for name, value in merge(divided).items()}

    return event


@pytest.fixture(scope="session")
def faults() -> Faults:
    """`faults(event)`: what the OCSF 1.8.0 schema has against an event."""
    path = ROOT.parent / "shared/ocsf/check.py"
    if not path.exists():
        pytest.skip("the checker of OCSF events is not beside this repository")
    spec = importlib.util.spec_from_file_location("ocsf_check", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Faults = module.faults
    return function


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
    """What is no audit event is refused with a reason."""
    with pytest.raises(EventError) as caught:
        KIND.map(path.read_bytes(), 1)
    assert caught.value.message


def test_demo(mapped: Mapped, faults: Faults, unaccounted: Unaccounted) -> None:
    """The bundled samples tell a story of a week in several classes, valid and without loss."""
    lines = DEMO.read_bytes().splitlines()
    events = [mapped(line) for line in lines]
    assert len(events) >= 40
    assert {event["class_uid"] for event in events} == {3005, 3006, 6003}
    assert [faults(event) for event in events if faults(event)] == []
    for line, event in zip(lines, events, strict=True):
        assert unaccounted(json.loads(line), event, event.get("unmapped"), TRANSFORMED) == []
    times = [event["time"] for event in events]
    assert times == sorted(times)


@pytest.mark.skipif(not REAL.exists(), reason="the folder of real events is not beside this repository")
def test_real_events(mapped: Mapped, faults: Faults, unaccounted: Unaccounted) -> None:
    """Every real event maps to a specific class, valid and without loss."""
    for line in REAL.read_bytes().splitlines():
        event = mapped(line)
        assert event["class_uid"] != 0
        assert faults(event) == []
        assert unaccounted(json.loads(line), event, event.get("unmapped"), TRANSFORMED) == []


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
        container, key = draw(st.sampled_from(places(event) or [(event, "verb")]))
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
        assert not event.get("verb")
        assert not event.get("kind")
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
    assert json.loads(raw).keys() & {"verb", "kind"}
