"""How the benchmark times a server and sums up what it saw."""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

sys.path.insert(0, str(Path(__file__).parents[3]))
load = importlib.import_module("bench.load")
measure = importlib.import_module("bench.measure")
resources = importlib.import_module("bench.resources")


class StandIn(ThreadingHTTPServer):
    """A server that keeps batches in memory; it refuses every third, and seals on the second question."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.requests = 0
        self.bodies: list[bytes] = []
        self.asked: set[str] = set()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: StandIn

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name is the library's
        """Say nothing."""

    def _answer(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", "0.02")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """Take a batch or refuse it."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.headers["Authorization"] == "Bearer secret"
        with self.server.lock:
            self.server.requests += 1
            if self.server.requests % 3 == 0:
                self._answer(429, {})
                return
            self.server.bodies.append(body)
            batch = f"b{len(self.server.bodies)}"
        self._answer(200, {"batch": batch, "accepted": body.count(b"\n"), "quarantined": 0})

    def do_GET(self) -> None:
        """Receipts and search."""
        with self.server.lock:
            known = self.path in self.server.asked
            self.server.asked.add(self.path)
        if self.path.startswith("/v1/receipts/"):
            self._answer(200, {"state": "sealed", "checkpoint": {"size": 1} if known else None})
        else:
            self._answer(200, {"records": [{}] if known else []})


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """A running stand-in."""
    with StandIn() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def world() -> Any:
    """The organisation that every run invents."""
    return load.World()


def _url(server: StandIn) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def test_every_event_is_sent_once_although_the_server_refuses(stand_in: StandIn, world: Any) -> None:
    """A refusal is waited out and the batch sent again; what is counted is what the server holds."""
    plan = load.Plan(
        url=_url(stand_in), source="okta-bench", token="secret", events=1_000, batch=50, connections=3,
        until_sealed=True, probe_every=5, needle="needle@example.com",
    )  # fmt: skip
    result = load.Load(plan, world=world).run()
    lines = [line for body in stand_in.bodies for line in body.splitlines()]
    assert len(lines) == 1_001
    assert len({json.loads(line)["uuid"] for line in lines}) == 1_001
    assert sum(b"needle@example.com" in line for line in lines) == 1
    assert result["events"] == result["accepted"] == 1_000
    assert result["refused"] > 0
    assert result["ack_ms"]["count"] == 20
    assert result["searchable_ms"]["count"] >= 1
    assert result["sealed_and_searchable_s"] >= result["acknowledged_s"]


def test_a_fixed_rate_is_kept(stand_in: StandIn, world: Any) -> None:
    """With a rate, batches go out when they are due and no faster, whatever the server could take."""
    plan = load.Plan(url=_url(stand_in), source="okta-bench", token="secret", batch=10, seconds=0.5, rate=400)
    result = load.Load(plan, world=world).run()
    assert result["events"] == 200
    assert 0.45 <= result["acknowledged_s"] <= 1.5


def test_a_server_that_fails_ends_the_run(stand_in: StandIn, world: Any) -> None:
    """No figure comes of a run in which the server answered with an error."""
    plan = load.Plan(url=_url(stand_in) + "/", source="okta-bench", token="other", batch=10, events=50)
    stand_in.handle_error = lambda *_: None  # type: ignore[method-assign]
    with pytest.raises(load.BenchError):
        load.Load(plan, world=world).run()


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_a_percentile_is_a_measured_value(values: list[float], share: float) -> None:
    """At least that share of the values do not exceed it, and it is one of them."""
    found = measure.percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)


def test_percentiles_of_a_hundred() -> None:
    """The nearest rank, as the published figures state it."""
    values = list(range(1, 101))
    assert [measure.percentile(values, share) for share in (0, 0.5, 0.95, 0.99, 1)] == [1, 50, 95, 99, 100]


def test_the_memory_of_a_process_tree_is_counted() -> None:
    """What a process holds shows in the sample."""
    ballast = bytearray(os.urandom(1_000_000) * 32)
    sampled = resources.Sampler(os.getpid(), every_s=0.05).start().stop()
    assert sampled["pss_max_bytes"] > len(ballast)
    assert sampled["rss_max_bytes"] >= sampled["pss_max_bytes"]
    assert sampled["processes"][0]["cpu_s"] >= 0
