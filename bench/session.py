"""The installations that a run of the benchmark measures, made as they are needed.

A figure never waits for data it does not use: `stream` holds what ingest at full speed left behind, `day`
the records of one day, `large` ten million published over 29 days, `proofs` a log without records. Only one server
runs at a time.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bench.grown import grow
from bench.product import Product
from bench.resources import Sampler

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NEEDLE = "zebedee.quartermain@example.com"
"""The actor of one event, the oldest, of `day` and of `large`."""
_REUSED = frozenset({"day", "large"})
_MONTH_S = 29 * 86_400
_DAY_S = 23 * 3_600


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How long and how much; the defaults are those of the published figures."""

    directory: Path
    reuse: Path | None = None
    """Where `day` and `large` are kept from run to run; without it they are made anew each time."""
    seconds: float = 60
    paced_seconds: float = 30
    records: int = 10_000_000
    day_records: int = 1_000_000
    bundle_records: int = 100_000
    queries: int = 200
    leaves: int = 100_000_000
    connections: int = 4
    quiet_s: float = 200
    """Longer than a snapshot and then its replaced files have their grace, and four of the keeper's looks."""
    settle_s: float = 1200


def progress(text: str) -> None:
    """One line on stderr."""
    sys.stderr.write(f"bench: {text}\n")
    sys.stderr.flush()


class Session:
    """One run of the benchmark; what several figures share is measured once."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._products: dict[str, Product] = {}

    def product(self, name: str, *, prepare: Callable[[Product], None] | None = None) -> Product:
        """The installation of that name, serving; all others are stopped, so that nothing else runs.

        A new one is given to `prepare` before it first serves.
        """
        for other, product in self._products.items():
            if other != name:
                product.stop()
        if name not in self._products:
            reuse = self.options.reuse if name in _REUSED else None
            self._products[name] = Product((reuse or self.options.directory) / name)
            if prepare is not None:
                prepare(self._products[name])
        return self._products[name].start()

    def close(self, *, keep: bool) -> None:
        """Stop every server; delete what was stored unless it is to be kept."""
        for name, product in self._products.items():
            if keep or (self.options.reuse is not None and name in _REUSED):
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
            seconds=self.options.paced_seconds,
            rate=10_000,
            connections=connections,
            seed=2,
            searchable=5,
            until_sealed=True,
        )

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

    @cached_property
    def bundle(self) -> Product:
        """The records that evidence is given of."""
        return self._filled("bundle", self.options.bundle_records, _DAY_S)

    @cached_property
    def proofs(self) -> Product:
        """A log of a hundred million leaves and no records."""
        product = self.product("proofs")
        product.stop()
        progress(f"growing a log of {self.options.leaves:,} leaves")
        grow(product.data, self.options.leaves)
        return product

    def _filled(self, name: str, records: int, span_s: int) -> Product:
        """The installation with at least so many records; one that was interrupted is filled up."""
        product = self.product(name)
        there = product.size()
        if there >= records:
            progress(f"{name} has {there:,} records already")
            return product
        progress(f"preloading {records - there:,} records")
        load = product.load(
            events=records - there,
            span_s=span_s,
            connections=self.options.connections,
            needle=NEEDLE,
            seed=1 + there,
            until_sealed=True,
        )
        progress(f"{load['sealed_and_searchable_per_s']:,} events/s; waiting for compaction to settle")
        product.settle(quiet_s=self.options.quiet_s, at_most_s=self.options.settle_s)
        return product
