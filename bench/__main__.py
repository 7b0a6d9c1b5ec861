"""`script/bench [NAME…]`: figures as a table on stderr and as JSON on stdout."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.machine import facts
from bench.measure import Figure, table
from bench.session import Options, Session, progress
from bench.suites import FAILURES, SUITES

_QUICK = {
    "seconds": 10.0, "paced_seconds": 10.0, "records": 100_000, "day_records": 50_000, "queries": 60,
    "leaves": 1_000_000,
    "quiet_s": 4.0, "settle_s": 60.0,
}  # fmt: skip


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/bench", description="Measure ingest, storage, search and verification on this machine."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SUITES)}; all without one")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the JSON there as well")
    parser.add_argument("--quick", action="store_true", help="minutes become seconds; too short to publish")
    parser.add_argument(
        "--against", choices=["postgresql"], help="the same load into another system, beside it"
    )
    parser.add_argument("--seconds", type=float, help="of ingest at full speed")
    parser.add_argument("--paced-seconds", type=float, help="of load at a fixed rate")
    parser.add_argument("--records", type=int, help="among which an actor is looked for")
    parser.add_argument("--day-records", type=int, help="in the day that free text is looked for in")
    parser.add_argument("--queries", type=int, help="timed for each search figure")
    parser.add_argument("--leaves", type=int, help="of the log that is asked for proofs")
    parser.add_argument("--connections", type=int, help="that the load generator keeps open")
    parser.add_argument("--quiet-s", type=float, help="without a change, until upkeep counts as settled")
    parser.add_argument("--settle-s", type=float, help="at most, that upkeep is waited for")
    parser.add_argument("--dir", type=Path, default=Path("/var/tmp"), help="where the data goes; a real disk")  # noqa: S108 -- mkdtemp makes a private folder in it
    parser.add_argument(
        "--reuse", type=Path, metavar="DIR", help="keep what search is measured on there, for the next run"
    )
    parser.add_argument("--keep", action="store_true", help="leave the data behind and say where")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(SUITES)
    if unknown:
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    return arguments


def main() -> int:
    """Measure what is asked for; 1 where a figure could not be measured, 0 otherwise, reached or not."""
    arguments = _arguments()
    home = Path(tempfile.mkdtemp(prefix="bench-affidavit-", dir=arguments.dir))
    given: dict[str, Any] = dict(_QUICK) if arguments.quick else {}
    numbers = (
        "seconds",
        "paced_seconds",
        "records",
        "day_records",
        "queries",
        "leaves",
        "connections",
        "quiet_s",
        "settle_s",
    )
    for name in (*numbers, "reuse"):
        if getattr(arguments, name) is not None:
            given[name] = getattr(arguments, name)
    options = replace(Options(directory=home), **given)
    # A comparison alone needs the two figures that it compares.
    names = arguments.names or (["ingest", "bytes"] if arguments.against else list(SUITES))
    figures: list[Figure] = []
    failures: dict[str, str] = {}
    machine = facts(arguments.dir)
    begun_s = time.monotonic()
    session = Session(options)
    try:
        for name in (name for name in SUITES if name in names):
            try:
                figures.append(SUITES[name](session))
                progress(table(figures[-1:]).splitlines()[1])
            except FAILURES as error:
                failures[name] = f"{type(error).__name__}: {error}"
                progress(f"{name} could not be measured: {failures[name]}")
    finally:
        session.close(keep=arguments.keep)
        if arguments.keep:
            progress(f"the data is in {home}")
        else:
            shutil.rmtree(home)
    if arguments.against:
        from bench import postgresql

        try:
            figures += postgresql.compare(options)
        except FAILURES as error:
            failures[arguments.against] = str(error)
            progress(f"{arguments.against} could not be measured: {error}")
    document = {
        "machine": machine,
        "quick": arguments.quick,
        "options": {name: str(value) if isinstance(value, Path) else value for name, value in given.items()},
        "seconds": round(time.monotonic() - begun_s, 1),
        "figures": [figure.document() for figure in figures],
        "failures": failures,
    }
    written = json.dumps(document, indent=2) + "\n"
    sys.stdout.write(written)
    if arguments.json:
        arguments.json.write_text(written)
    sys.stderr.write("\n" + table(figures) + "\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
