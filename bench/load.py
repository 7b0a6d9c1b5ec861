"""The load generator: a process of its own that sends batches of Okta events and times the answers.

    python -m bench.load --url http://127.0.0.1:8470 --source okta-bench --seconds 60 [--rate 10000]

The token is taken from the environment (BENCH_TOKEN; scopes ingest and read). Without --rate every
connection sends its next batch as soon as the last is acknowledged. With --rate batches are due at fixed
moments whether or not earlier ones were answered (open loop), and latency counts from when a batch was
due, so that a stall is charged to every batch it delays. Batches are made before they are due; what the
generator itself spends is in the result (`generator_cpu_us_per_event`).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from bench.client import BenchError, Client
from bench.events import Stream, World
from bench.measure import spread

_POLL_S = 0.025
_GIVE_UP_S = 300.0
_PROBERS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What to send, and how fast."""

    url: str
    source: str
    token: str
    connections: int = 4
    batch: int = 1_000
    seconds: float | None = None
    events: int | None = None
    rate: float | None = None
    seed: int = 1
    span_s: float | None = None
    """Publication times are spread evenly over this long before now; without it they are now."""
    probe_every: int | None = None
    """Every so many batches, time how long until search finds it."""
    needle: str | None = None
    """The actor of one event in the first batch."""
    until_sealed: bool = False

    @property
    def batches(self) -> int | None:
        """How many, where that is fixed."""
        return None if self.events is None else -(-self.events // self.batch)


@dataclass(kw_only=True, slots=True)
class _Tally:
    """What the senders saw, under one lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    latencies_ms: list[float] = field(default_factory=list)
    events: int = 0
    bytes: int = 0
    accepted: int = 0
    quarantined: int = 0
    refused: int = 0
    reconnected: int = 0
    last_ack_s: float = 0.0
    last_batches: list[str] = field(default_factory=list)
    searchable_ms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Load:
    """One run of a plan."""

    def __init__(self, plan: Plan, *, world: World | None = None) -> None:
        self._plan = plan
        self._world = world or World()
        self._tally = _Tally()
        self._numbers = count()
        self._stop = threading.Event()
        self._free_probers = threading.Semaphore(_PROBERS)
        self._probes: list[threading.Thread] = []
        self._start_s = 0.0
        self._now_us = 0

    def run(self) -> dict[str, Any]:
        """Send it all; the result as one JSON document. BenchError where the server failed."""
        plan, tally = self._plan, self._tally
        step_us = 50
        if plan.span_s is not None and plan.events is not None:
            step_us = max(1, int(plan.span_s * 1e6) // plan.events)
        streams = [
            Stream(self._world, seed=plan.seed * 1_000 + n, step_us=step_us) for n in range(plan.connections)
        ]
        for stream in streams:
            stream.batch(plan.batch, last_us=time.time_ns() // 1_000)
        senders = [threading.Thread(target=self._guarded, args=(self._send, stream)) for stream in streams]
        cpu_s = time.process_time()
        self._now_us = time.time_ns() // 1_000
        self._start_s = time.monotonic()
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        cpu_s = time.process_time() - cpu_s
        sealed = self._settle(streams[0]) if plan.until_sealed and not tally.errors else {}
        for probe in self._probes:
            probe.join()
        if tally.errors:
            raise BenchError("; ".join(tally.errors[:3]))
        elapsed_s = max(tally.last_ack_s - self._start_s, 1e-9)
        return {
            "events": tally.events,
            "batches": len(tally.latencies_ms),
            "bytes": tally.bytes,
            "bytes_per_event": round(tally.bytes / max(1, tally.events), 1),
            "accepted": tally.accepted,
            "quarantined": tally.quarantined,
            "refused": tally.refused,
            "reconnected": tally.reconnected,
            "rate": plan.rate,
            "connections": plan.connections,
            "acknowledged_s": round(elapsed_s, 3),
            "acknowledged_per_s": round(tally.events / elapsed_s),
            "ack_ms": spread(tally.latencies_ms),
            "searchable_ms": spread(tally.searchable_ms),
            "generator_cpu_s": round(cpu_s, 3),
            "generator_cpu_us_per_event": round(cpu_s / max(1, tally.events) * 1e6, 3),
            **sealed,
        }

    def _guarded(self, work: Any, *args: object) -> None:
        try:
            work(*args)
        except Exception as error:  # noqa: BLE001 -- whatever ends one sender ends the run and is reported
            self._stop.set()
            with self._tally.lock:
                self._tally.errors.append(f"{type(error).__name__}: {error}")

    def _send(self, stream: Stream) -> None:
        plan, tally = self._plan, self._tally
        client = Client(plan.url, token=plan.token)
        last = ""
        while not self._stop.is_set():
            number = next(self._numbers)
            if plan.batches is not None and number >= plan.batches:
                break
            due_s = self._start_s + number * plan.batch / plan.rate if plan.rate else None
            if self._over(due_s if due_s is not None else time.monotonic()):
                break
            named = plan.needle if number == 0 else None
            probed = bool(plan.probe_every) and number % (plan.probe_every or 1) == 0
            if probed and named is None and self._free_probers.acquire(blocking=False):
                named = f"probe.{plan.seed}.{number}@example.com"
            else:
                probed = False
            body = stream.batch(plan.batch, last_us=self._published_us(number), named=named)
            if due_s is not None:
                time.sleep(max(0.0, due_s - time.monotonic()))
            begun_s = due_s if due_s is not None else time.monotonic()
            receipt = client.ingest(plan.source, body)
            done_s = time.monotonic()
            last = str(receipt["batch"])
            with tally.lock:
                tally.latencies_ms.append((done_s - begun_s) * 1e3)
                tally.events += plan.batch
                tally.bytes += len(body)
                tally.accepted += int(receipt["accepted"])
                tally.quarantined += int(receipt["quarantined"])
                tally.last_ack_s = max(tally.last_ack_s, done_s)
            if probed and named is not None:
                probe = threading.Thread(target=self._guarded, args=(self._probe, named, done_s))
                self._probes.append(probe)
                probe.start()
        with tally.lock:
            tally.refused += client.refused
            tally.reconnected += client.reconnected
            if last:
                tally.last_batches.append(last)
        client.close()

    def _over(self, moment_s: float) -> bool:
        return self._plan.seconds is not None and moment_s - self._start_s >= self._plan.seconds

    def _published_us(self, number: int) -> int:
        plan = self._plan
        if plan.span_s is None or plan.batches is None:
            return time.time_ns() // 1_000
        return self._now_us - int(plan.span_s * 1e6 * (plan.batches - 1 - number) / plan.batches)

    def _probe(self, name: str, acknowledged_s: float) -> None:
        try:
            self._found_s(name)
            took_ms = (time.monotonic() - acknowledged_s) * 1e3
            with self._tally.lock:
                self._tally.searchable_ms.append(took_ms)
        finally:
            self._free_probers.release()

    def _found_s(self, name: str) -> None:
        """Poll search until it finds an event of the actor `name`."""
        client = Client(self._plan.url, token=self._plan.token)
        since = (datetime.now(UTC) - timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
        deadline_s = time.monotonic() + _GIVE_UP_S
        while not client.get("/v1/search", q=f"actor:{name}", since=since, limit=1)["records"]:
            if time.monotonic() > deadline_s:
                raise BenchError(f"actor:{name} was acknowledged but search does not find it")
            time.sleep(_POLL_S)
        client.close()

    def _settle(self, stream: Stream) -> dict[str, Any]:
        """Wait until everything acknowledged is sealed and a last marker event is found by search."""
        plan = self._plan
        client = Client(plan.url, token=plan.token)
        marker = f"marker.{plan.seed}.{time.time_ns()}@example.com"
        body = stream.batch(1, last_us=time.time_ns() // 1_000, named=marker)
        batches = [*self._tally.last_batches, str(client.ingest(plan.source, body)["batch"])]
        deadline_s = time.monotonic() + _GIVE_UP_S
        for batch in batches:
            while not _sealed(client.get(f"/v1/receipts/{batch}")):
                if time.monotonic() > deadline_s:
                    raise BenchError(f"batch {batch} was acknowledged but is not sealed")
                time.sleep(_POLL_S)
        self._found_s(marker)
        client.close()
        elapsed_s = time.monotonic() - self._start_s
        return {
            "sealed_and_searchable_s": round(elapsed_s, 3),
            "sealed_and_searchable_per_s": round(self._tally.events / elapsed_s),
        }


def _sealed(receipt: dict[str, Any]) -> bool:
    """Whether a published checkpoint covers the batch."""
    return receipt["state"] == "sealed" and receipt["checkpoint"] is not None


def main() -> int:
    """Run the plan of the command line; JSON on stdout."""
    parser = argparse.ArgumentParser(
        prog="bench.load", description="Send Okta events to a server and time it."
    )
    parser.add_argument("--url", required=True)
    parser.add_argument("--source", default="okta-bench")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--batch", type=int, default=1_000)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--events", type=int)
    parser.add_argument("--rate", type=float, help="events a second, open loop")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--span-s", type=float, help="spread publication times over this long before now")
    parser.add_argument(
        "--searchable",
        type=int,
        dest="probe_every",
        metavar="K",
        help="time until search finds it, for one in K batches",
    )
    parser.add_argument("--needle", help="actor of one event in the first batch")
    parser.add_argument("--until-sealed", action="store_true")
    arguments = vars(parser.parse_args())
    if arguments["seconds"] is None and arguments["events"] is None:
        parser.error("--seconds or --events is needed")
    try:
        result = Load(Plan(token=os.environ.get("BENCH_TOKEN", ""), **arguments)).run()
    except BenchError as error:
        sys.stderr.write(f"bench.load: {error}\n")
        return 1
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
