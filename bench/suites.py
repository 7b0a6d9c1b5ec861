"""One function a figure: what is measured, how, and what must be reached; search is in searching.py."""

from __future__ import annotations

import json
import resource
import subprocess
import time
from typing import TYPE_CHECKING

from affidavit.core.errors import AffidavitError
from bench import bundling
from bench.client import BenchError
from bench.measure import Figure
from bench.proving import proof
from bench.searching import actor, contention, text
from bench.witnessing import witnessing

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.session import Session


def ingest(session: Session) -> Figure:
    """Events acknowledged, sealed, encrypted and found by search, by the time until the last of them was."""
    load, used = session.full_speed
    return Figure(
        name="ingest",
        what="sustained ingest, sealed and searchable",
        unit="events/s",
        reach=30_000,
        value=load["sealed_and_searchable_per_s"],
        detail={"load": load, "server": used},
    )


def memory(session: Session) -> Figure:
    """The most the server's processes held at one moment while ingest ran (PSS: shared pages once)."""
    used = session.full_speed[1]
    return Figure(
        name="memory",
        what="resident memory under that load",
        unit="MB",
        reach=1_500,
        better="less",
        value=round(used["pss_max_bytes"] / 1e6, 1),
        detail={"pss_max_bytes": used["pss_max_bytes"], "rss_max_bytes": used["rss_max_bytes"]},
    )


def ack(session: Session) -> Figure:
    """Open loop: from the moment a batch was due to its receipt."""
    load = session.paced
    return Figure(
        name="ack",
        what="acknowledgement p99 at 10,000 events/s",
        unit="ms",
        reach=250,
        better="less",
        value=load["ack_ms"]["p99"],
        detail={"ack_ms": load["ack_ms"], "load": load},
    )


def searchable(session: Session) -> Figure:
    """From a receipt until search, asked every 25 ms, finds the last event of that batch by its actor."""
    found = session.paced["searchable_ms"]
    return Figure(
        name="searchable",
        what="acknowledged to searchable, p99",
        unit="s",
        reach=2,
        better="less",
        value=round(found["p99"] / 1e3, 3),
        detail={"searchable_ms": found},
    )


def stored(session: Session) -> Figure:
    """Everything in the data directory, as allocated on disk, by the records sealed in it."""
    product = session.stream
    records = product.size()
    parts, length = product.stored()
    each = {name: round(size / records, 2) for name, size in parts.items()}
    return Figure(
        name="bytes",
        what="stored bytes a record, all in",
        unit="bytes",
        reach=200,
        better="less",
        value=round(sum(parts.values()) / records, 1),
        detail={
            "records": records,
            "each": each,
            "parts_bytes": parts,
            "file_length_each": round(length / records, 2),
        },
    )


def verify(session: Session) -> Figure:
    """`affidavit verify` on the directory of a stopped server: records by CPU seconds, start-up included."""
    product = session.stream
    product.stop()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun_s = time.monotonic()
    printed, used = product.watched("verify", "--json")
    wall_s = time.monotonic() - begun_s
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    result = json.loads(printed.strip().splitlines()[-1])
    return Figure(
        name="verify",
        what=f"full verify, in {used['pss_max_bytes'] / 1e6:,.0f} MB",
        unit="records/s a core",
        reach=150_000,
        value=round(result["records"] / cpu_s),
        detail={
            "result": result,
            "wall_s": round(wall_s, 2),
            "cpu_s": round(cpu_s, 2),
            "records_per_wall_s": round(result["records"] / wall_s),
            "cores": round(cpu_s / wall_s, 2),
            "rss_max_bytes": used["rss_max_bytes"],
            "pss_max_bytes": used["pss_max_bytes"],
        },
    )


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
    "proof": proof,
    "witnessing": witnessing,
    "bundle": bundling.create,
    "bundle-verify": bundling.verify,
}
"""In the order that lets one installation serve the next figure."""

FAILURES = (AffidavitError, BenchError, subprocess.SubprocessError, OSError, KeyError, ValueError)
"""What a suite may fail with when the product misbehaves; the other suites still run."""
