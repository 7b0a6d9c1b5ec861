"""How long search takes: one actor, free text, and either while events come in."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from random import Random
from typing import TYPE_CHECKING, Any

from bench.client import BenchError
from bench.events import World
from bench.measure import Figure, percentile, spread
from bench.product import finish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.product import Product
    from bench.session import Session

_WORDS = (
    "Workday",
    "FastPass declined",
    "zebedee.quartermain",
    "Bengaluru",
    "LOCKED_OUT",
    "reset_factors",
    "deutsche telekom",
    "nothing-holds-this-word",
)


def _since(**back: float) -> str:
    return (datetime.now(UTC) - timedelta(**back)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ask(
    product: Product, queries: Iterator[str], *, since: str, until_s: float | None = None
) -> list[tuple[str, float, int]]:
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
    return [
        query
        for one in actors
        for query in (one, f"{one} outcome:failure", f"{one} -action:user.session.start")
    ]


def actor(session: Session) -> Figure:
    """The newest hundred events of one actor in 30 days; a first round is not counted."""
    product, since = session.large, _since(days=30)
    session.product("large")
    queries = _actors()
    _ask(product, iter(queries), since=since)
    asked = _ask(product, islice(cycle(queries), session.options.queries), since=since)
    _found(asked)
    return Figure(
        name="actor",
        what=f"one actor's 30 days among {session.options.records:,}, warm p95",
        unit="ms",
        reach=300,
        better="less",
        value=round(percentile(_times(asked), 0.95), 1),
        detail={"ms": spread(_times(asked)), "records": product.size(), "slowest": _slowest(asked)},
    )


def text(session: Session) -> Figure:
    """Words common, rare, single and absent in one day; an absent one reads all of it."""
    product, since = session.day, _since(hours=24)
    session.product("day")
    quoted = [f'"{word}"' for word in _WORDS]
    _ask(product, iter(quoted), since=since)
    asked = _ask(product, islice(cycle(quoted), max(len(quoted), session.options.queries // 2)), since=since)
    _found([item for item in asked if "nothing" not in item[0]])
    return Figure(
        name="text",
        what=f"free text over one day of {session.options.day_records:,}, warm p95",
        unit="s",
        reach=1,
        better="less",
        value=round(percentile(_times(asked), 0.95) / 1e3, 3),
        detail={"ms": spread(_times(asked)), "slowest": _slowest(asked)},
    )


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
        name="contention",
        what="search p95 with 20,000 events/s coming in, by idle",
        unit="times",
        reach=2,
        better="less",
        value=round(during / before, 2),
        detail={
            "idle_ms": spread(_times(idle)),
            "busy_ms": spread(_times(busy)),
            "slowest": _slowest(busy),
            "load": sent,
        },
    )


def _found(asked: list[tuple[str, float, int]]) -> None:
    """A search that finds nothing is no measurement of a search."""
    empty = sorted({query for query, _, records in asked if not records})
    if len(empty) > len({query for query, _, _ in asked}) // 2:
        raise BenchError(f"most searches found nothing, such as {empty[0]!r}")
