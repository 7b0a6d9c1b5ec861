"""How long evidence takes: a bundle of 100,000 records, all parts disclosed, made and verified."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from bench.client import BenchError
from bench.measure import Figure
from bench.product import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.session import Session

_VERIFIER = ROOT / "src" / "affidavit" / "evidence" / "verifier" / "affidavit-verify.py"


def create(session: Session) -> Figure:
    """`affidavit evidence create` of everything, on the directory of a stopped server, start-up included."""
    product = session.bundle
    product.stop()
    file = product.data.parent / "bundle.zip"
    file.unlink(missing_ok=True)
    words = ("evidence", "create", "--withhold", "", "--output", str(file), "--json")
    printed, cpu_s, wall_s = _timed(lambda: product.command(*words))
    made = json.loads(printed.splitlines()[-1])
    return Figure(
        name="bundle",
        what=f"evidence of {made['records']:,} records, create",
        unit="s",
        reach=15,
        better="less",
        value=round(wall_s, 2),
        detail={"cpu_s": round(cpu_s, 2), "bytes": made["bytes"], "records": made["records"]},
    )


def verify(session: Session) -> Figure:
    """The standalone verifier on that bundle, with the log's keys, start-up included."""
    product = session.bundle
    file = product.data.parent / "bundle.zip"
    if not file.exists():
        create(session)
    keys = (product.data / "tenants" / "default" / "keys" / "log.vkey").read_text().split()
    printed, cpu_s, wall_s = _timed(lambda: _verified(file, keys))
    counts = json.loads(printed)["counts"]
    return Figure(
        name="bundle-verify",
        what=f"evidence of {counts['matching']:,} records, verify offline",
        unit="s",
        reach=8,
        better="less",
        value=round(wall_s, 2),
        detail={"cpu_s": round(cpu_s, 2), "counts": counts},
    )


def _verified(file: Path, keys: list[str]) -> str:
    words = [sys.executable, "-I", str(_VERIFIER), str(file), "--json"]
    for key in keys:
        words += ["--key", key]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 -- our own verifier
    if done.returncode:
        raise BenchError(f"the verifier: exit {done.returncode}: {done.stdout[:2000]}{done.stderr[-2000:]}")
    return done.stdout


def _timed(action: Callable[[], str]) -> tuple[str, float, float]:
    """What it printed, the CPU seconds of its process, the seconds that went by."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun_s = time.monotonic()
    printed = action()
    wall_s = time.monotonic() - begun_s
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return printed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall_s
