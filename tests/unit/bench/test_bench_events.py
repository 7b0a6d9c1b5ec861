"""The events that the benchmark sends."""

from __future__ import annotations

import importlib
import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from affidavit.sources.okta.kind import KIND

sys.path.insert(0, str(Path(__file__).parents[3]))
events = importlib.import_module("bench.events")
NOW_US = 1_795_000_000_000_000


@pytest.fixture(scope="module")
def world() -> Any:
    """The organisation that every run invents."""
    return events.World()


def test_the_same_seed_is_the_same_load(world: Any) -> None:
    """A figure can be measured again: equal seeds give equal bytes, other seeds other bytes."""
    first, again, other = (events.Stream(world, seed=seed).batch(500, last_us=NOW_US) for seed in (7, 7, 8))
    assert first == again
    assert first != other
    assert events.World().emails == world.emails


def test_an_event_is_a_kilobyte_and_a_half(world: Any) -> None:
    """Lines average 1,450 to 1,550 bytes with their newline, which is what the figures are stated for."""
    stream = events.Stream(world, seed=1)
    lines = b"".join(stream.batch(1_000, last_us=NOW_US) for _ in range(5)).splitlines(keepends=True)
    assert len(lines) == 5_000
    assert 1_450 <= sum(map(len, lines)) / len(lines) <= 1_550


def test_every_event_is_whole_and_no_two_are_one(world: Any) -> None:
    """Every line is an Okta event with all its fields; identifiers are new, moments ascend up to the last."""
    stream = events.Stream(world, seed=1, step_us=2_500)
    parsed = [json.loads(line) for line in stream.batch(2_000, last_us=NOW_US).splitlines()]
    fields = {
        *("actor", "client", "device", "authenticationContext", "displayMessage", "eventType", "outcome"),
        *(
            "published",
            "securityContext",
            "severity",
            "debugContext",
            "legacyEventType",
            "transaction",
            "uuid",
        ),
        *("version", "request", "target"),
    }
    assert {frozenset(event) for event in parsed} == {frozenset(fields)}
    assert len({event["uuid"] for event in parsed}) == len(parsed)
    assert all(one["published"] <= next_one["published"] for one, next_one in pairwise(parsed))
    assert parsed[-1]["published"] <= "2026-11-18T11:06:40.000Z"
    assert len({event["actor"]["id"] for event in parsed}) > 300
    assert len({event["eventType"] for event in parsed}) > 30


def test_a_named_event_can_be_found_again(world: Any) -> None:
    """A batch can carry one event of an actor whom no other event has."""
    batch = events.Stream(world, seed=3).batch(100, last_us=NOW_US, named="only.once@example.com")
    actors = [json.loads(line)["actor"]["alternateId"] for line in batch.splitlines()]
    assert actors.count("only.once@example.com") == 1


def test_the_product_reads_what_the_benchmark_sends(world: Any) -> None:
    """No event of the load is quarantined, and each maps to a class of its own rather than the base event."""
    for line in events.Stream(world, seed=4).batch(2_000, last_us=NOW_US).splitlines():
        assert KIND.map(line, NOW_US).CLASS_UID != 0
