"""One function a figure: what is measured, how, and what is to be reached.

Three installations are made as they are needed, so that a figure never waits for data it does not use:
`stream` (ingest and everything that follows from it), `day` (a day of a million records) and `large` (ten
million records, published over 29 days).
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Any

from bench.client import BenchError
from bench.events import World
from bench.measure import Figure, percentile, spread
from bench.product import Product, finish
from bench.resources import Sampler

_MONTH_S = 29 * 86_400
_DAY_S = 23 * 3_600
_NEEDLE = "zebedee.quartermain@example.com"
_WORDS = ("Workday", "FastPass declined", "zebedee.quartermain", "Bengaluru", "LOCKED_OUT", "reset_factors",
          "deutsche telekom", "nothing-holds-this-word")  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How long and how much; the defaults are those of the published figures."""

    directory: Path
    seconds: float = 60
    paced_seconds: float = 30
    records: int = 10_000_000
    day_records: int = 1_000_000
    queries: int = 200
    connections: int = 4
    quiet_s: float = 20
    settle_s: float = 600


def progress(text: str) -> None:
    """One line on stderr."""
    sys.stderr.write(f"bench: {text}\n")
    sys.stderr.flush()


class Session:
    """One run of the benchmark; what several figures share is measured once."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._products: dict[str, Product] = {}

    def product(self, name: str) -> Product:
        """The installation of that name, serving; all others are stopped, so that nothing else runs."""
        for other, product in self._products.items():
            if other != name:
                product.stop()
        if name not in self._products:
            self._products[name] = Product(self.options.directory / name)
        return self._products[name].start()

    def close(self, *, keep: bool) -> None:
        """Stop every server; delete what was stored unless it is to be kept."""
        for product in self._products.values():
            if keep:
                product.stop()
            else:
                product.remove()

    @cached_property
    def full_speed(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """(load, resources) of ingest as fast as the server takes it."""
        product = self.product("stream")
        product.load(events=20_000, connections=self.options.connections, seed=90, until_sealed=True)
        progress(f"ingest at full speed for {self.options.seconds:g} s")
        sampler = Sampler(product.pid).start()
        try:
            load = product.load(
                seconds=self.options.seconds, connections=self.options.connections, until_sealed=True
            )
        finally:
            used = sampler.stop()
        return load, used

    @cached_property
    def paced(self) -> dict[str, Any]:
        """Load of 10,000 events a second with a probe of search in one of five batches."""
        product = self.product("stream")
        progress(f"10,000 events/s for {self.options.paced_seconds:g} s")
        connections = max(8, self.options.connections)
        return product.load(
            seconds=self.options.paced_seconds, rate=10_000, connections=connections, seed=2, searchable=5,
            until_sealed=True,
        )  # fmt: skip

    @cached_property
    def stream(self) -> Product:
        """The installation that ingest has filled, at rest."""
        _ = self.full_speed
        product = self.product("stream")
        progress("waiting for compaction to settle")
        if not product.settle(quiet_s=self.options.quiet_s, at_most_s=self.options.settle_s):
            progress("the data directory still changes; measuring it as it is")
        return product

    @cached_property
    def day(self) -> Product:
        """A million records of one day."""
        return self._filled("day", self.options.day_records, _DAY_S)

    @cached_property
    def large(self) -> Product:
        """Ten million records."""
        return self._filled("large", self.options.records, _MONTH_S)

    def _filled(self, name: str, records: int, span_s: int) -> Product:
        product = self.product(name)
        progress(f"preloading {records:,} records")
        load = product.load(
            events=records, span_s=span_s, connections=self.options.connections, needle=_NEEDLE, until_sealed=True
        )
        progress(f"{load['sealed_and_searchable_per_s']:,} events/s; waiting for compaction to settle")
        product.settle(quiet_s=self.options.quiet_s, at_most_s=self.options.settle_s)
        return product


def ingest(session: Session) -> Figure:
    """Events acknowledged, sealed, encrypted and found by search, by the time until the last of them was."""
    load, used = session.full_speed
    return Figure(
        name="ingest", what="sustained ingest, sealed and searchable", unit="events/s", reach=30_000,
        value=load["sealed_and_searchable_per_s"], detail={"load": load, "server": used},
    )  # fmt: skip


def memory(session: Session) -> Figure:
    """The most the server's processes held at one moment while ingest ran (PSS: shared pages once)."""
    used = session.full_speed[1]
    return Figure(
        name="memory", what="resident memory under that load", unit="MB", reach=1_500, better="less",
        value=round(used["pss_max_bytes"] / 1e6, 1),
        detail={"pss_max_bytes": used["pss_max_bytes"], "rss_max_bytes": used["rss_max_bytes"]},
    )  # fmt: skip


def ack(session: Session) -> Figure:
    """Open loop: from the moment a batch was due to its receipt."""
    load = session.paced
    return Figure(
        name="ack", what="acknowledgement p99 at 10,000 events/s", unit="ms", reach=250, better="less",
        value=load["ack_ms"]["p99"], detail={"ack_ms": load["ack_ms"], "load": load},
    )  # fmt: skip


def searchable(session: Session) -> Figure:
    """From a receipt until search, asked every 25 ms, finds the last event of that batch by its actor."""
    found = session.paced["searchable_ms"]
    return Figure(
        name="searchable", what="acknowledged to searchable, p99", unit="s", reach=2, better="less",
        value=round(found["p99"] / 1e3, 3), detail={"searchable_ms": found},
    )  # fmt: skip


def stored(session: Session) -> Figure:
    """Everything in the data directory, as allocated on disk, by the records sealed in it."""
    product = session.stream
    records = product.size()
    parts, length = product.stored()
    each = {name: round(size / records, 2) for name, size in parts.items()}
    return Figure(
        name="bytes", what="stored bytes a record, all in", unit="bytes", reach=200, better="less",
        value=round(sum(parts.values()) / records, 1),
        detail={"records": records, "each": each, "parts_bytes": parts, "file_length_each": round(length / records, 2)},
    )  # fmt: skip


def verify(session: Session) -> Figure:
    """`affidavit verify` on the directory of a stopped server: records by CPU seconds, start-up included."""
    product = session.stream
    product.stop()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun_s = time.monotonic()
    printed = product.command("verify", "--json")
    wall_s = time.monotonic() - begun_s
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    result = json.loads(printed.strip().splitlines()[-1])
    return Figure(
        name="verify", what="full verify", unit="records/s a core", reach=150_000,
        value=round(result["records"] / cpu_s),
        detail={"result": result, "wall_s": round(wall_s, 2), "cpu_s": round(cpu_s, 2),
                "records_per_wall_s": round(result["records"] / wall_s), "cores": round(cpu_s / wall_s, 2)},
    )  # fmt: skip


def _since(**back: float) -> str:
    return (datetime.now(UTC) - timedelta(**back)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ask(product: Product, queries: Iterator[str], *, since: str, until_s: float | None = None) -> list[tuple[str, float, int]]:
    """(query, milliseconds, records) of each, one after the other on one connection, until `until_s`."""
    client = product.client()
    asked = []
    for query in queries:
        begun_s = time.monotonic()
        if until_s is not None and begun_s > until_s:
            break
        answer = client.get("/v1/search", q=query, since=since, limit=100)
        asked.append((query, (time.monotonic() - begun_s) * 1e3, len(answer["records"])))
    client.close()
    return asked


def _slowest(asked: list[tuple[str, float, int]]) -> list[dict[str, Any]]:
    top = sorted(asked, key=lambda item: -item[1])[:5]
    return [{"query": query, "ms": round(ms, 1), "records": records} for query, ms, records in top]


def _times(asked: list[tuple[str, float, int]]) -> list[float]:
    return [ms for _, ms, _ in asked]


def _actors() -> list[str]:
    """Fifty actors: the ten busiest and forty of all others."""
    emails = World().emails
    return [f"actor:{email}" for email in emails[:10] + Random(7).sample(emails[10:], 40)]  # noqa: S311 -- the same each run


def _mixed() -> list[str]:
    """What an investigator asks: somebody's events, their failures, an action, an address."""
    actors = _actors()
    return [query for one in actors for query in (one, f"{one} outcome:failure", f"{one} -action:user.session.start")]


def actor(session: Session) -> Figure:
    """The newest hundred events of one actor in 30 days, asked again after a first round that is not counted."""
    product, since = session.large, _since(days=30)
    session.product("large")
    queries = _actors()
    _ask(product, iter(queries), since=since)
    asked = _ask(product, islice(cycle(queries), session.options.queries), since=since)
    _found(asked)
    return Figure(
        name="actor", what=f"one actor's 30 days among {session.options.records:,}, warm p95", unit="ms", reach=300,
        better="less", value=round(percentile(_times(asked), 0.95), 1),
        detail={"ms": spread(_times(asked)), "records": product.size(), "slowest": _slowest(asked)},
    )  # fmt: skip


def text(session: Session) -> Figure:
    """Words common, rare, single and absent over all attributes of one day; an absent one reads the whole day."""
    product, since = session.day, _since(hours=24)
    session.product("day")
    quoted = [f'"{word}"' for word in _WORDS]
    _ask(product, iter(quoted), since=since)
    asked = _ask(product, islice(cycle(quoted), max(len(quoted), session.options.queries // 2)), since=since)
    _found([item for item in asked if "nothing" not in item[0]])
    return Figure(
        name="text", what=f"free text over one day of {session.options.day_records:,}, warm p95", unit="s", reach=1,
        better="less", value=round(percentile(_times(asked), 0.95) / 1e3, 3),
        detail={"ms": spread(_times(asked)), "slowest": _slowest(asked)},
    )  # fmt: skip


def contention(session: Session) -> Figure:
    """Search p95 with 20,000 events/s coming in, by the same queries' p95 with nothing coming in."""
    product, since = session.large, _since(days=30)
    session.product("large")
    queries = _mixed()
    _ask(product, iter(queries), since=since)
    idle = _ask(product, islice(cycle(queries), session.options.queries), since=since)
    seconds = session.options.paced_seconds + 5
    load = product.start_load(seconds=seconds, rate=20_000, connections=8, seed=3)
    try:
        time.sleep(min(8.0, seconds / 2))  # the generator's own start and the server's warming to it
        busy = _ask(product, cycle(queries), since=since, until_s=time.monotonic() + seconds - 8)
    finally:
        sent = finish(load)
    before, during = percentile(_times(idle), 0.95), percentile(_times(busy), 0.95)
    return Figure(
        name="contention", what="search p95 with 20,000 events/s coming in, by idle", unit="times", reach=2,
        better="less", value=round(during / before, 2),
        detail={"idle_ms": spread(_times(idle)), "busy_ms": spread(_times(busy)), "slowest": _slowest(busy), "load": sent},
    )  # fmt: skip


def _found(asked: list[tuple[str, float, int]]) -> None:
    """A search that finds nothing is no measurement of a search."""
    empty = sorted({query for query, _, records in asked if not records})
    if len(empty) > len({query for query, _, _ in asked}) // 2:
        raise BenchError(f"most searches found nothing, such as {empty[0]!r}")


SUITES: dict[str, Callable[[Session], Figure]] = {
    "ingest": ingest,
    "ack": ack,
    "searchable": searchable,
    "memory": memory,
    "bytes": stored,
    "verify": verify,
    "text": text,
    "actor": actor,
    "contention": contention,
}
"""In the order that lets one installation serve the next figure."""

FAILURES = (BenchError, subprocess.SubprocessError, OSError, KeyError, ValueError)
"""What a suite may fail with when the product misbehaves; the other suites still run."""
