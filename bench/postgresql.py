"""The usual choice, measured beside the product: PostgreSQL with a jsonb column.

A cluster of its own with PostgreSQL's default settings (fsync and synchronous commit are on), one table,
the same batches, a commit for each. The bytes of a batch go to COPY as they are, so that the client costs
next to nothing. It seals nothing, encrypts nothing and maps nothing.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from bench.client import BenchError
from bench.events import Stream, World
from bench.measure import Figure, spread
from bench.session import Options, progress

_BINARIES = Path("/usr/lib/postgresql")
_ACCOUNT = "postgres"
_BATCH = 1_000
_TRIAL_S = 5.0

_TABLE: LiteralString = """
    CREATE TABLE records (
        id bigserial PRIMARY KEY,
        received timestamptz NOT NULL DEFAULT now(),
        source text NOT NULL DEFAULT 'okta-bench',
        event jsonb NOT NULL
    );
    CREATE INDEX records_received ON records (received);
"""
_GIN: LiteralString = "CREATE INDEX records_event ON records USING gin (event jsonb_path_ops)"
# The quote and the separator are bytes that JSON cannot hold unescaped: a line is taken as it is.
_COPY: LiteralString = r"COPY records (event) FROM STDIN (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')"
_INSERT: LiteralString = (
    r"INSERT INTO records (event) SELECT line::jsonb FROM string_to_table(%s, E'\n') AS line"
)

Write = Callable[["psycopg.Connection[Any]", bytes], None]


def _copy(connection: psycopg.Connection[Any], body: bytes) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(body)


def _insert(connection: psycopg.Connection[Any], body: bytes) -> None:
    connection.execute(_INSERT, (body.decode().rstrip(),))


WAYS: dict[str, Write] = {"COPY": _copy, "multi-row INSERT": _insert}


def _binaries() -> Path:
    found = sorted(_BINARIES.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not found:
        raise BenchError("PostgreSQL is not installed; on Debian: apt-get install -y postgresql")
    return found[-1].parent


@contextmanager
def cluster(parent: Path) -> Iterator[str]:
    """A running cluster with default settings; yields its connection string, and deletes it afterwards."""
    binaries = _binaries()
    home = Path(tempfile.mkdtemp(prefix="bench-postgresql-", dir=parent))
    as_account: list[str] = []
    user = pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(home, _ACCOUNT)
        as_account, user = ["runuser", "-u", _ACCOUNT, "--"], _ACCOUNT
    data, log = home / "data", home / "log"

    def run(*words: str) -> None:
        done = subprocess.run([*as_account, *words], capture_output=True, text=True, check=False, cwd=home)  # noqa: S603 -- fixed words
        if done.returncode:
            raise BenchError(f"{Path(words[0]).name}: exit {done.returncode}: {done.stderr[-1000:]}")

    try:
        run(str(binaries / "initdb"), "-D", str(data), "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        options = f"-c listen_addresses= -c unix_socket_directories={home}"
        run(str(binaries / "pg_ctl"), "-D", str(data), "-l", str(log), "-w", "-o", options, "start")
        try:
            yield f"host={home} user={user} dbname=postgres"
        finally:
            run(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Run:
    """Batches as fast as they are committed."""

    target: str
    world: World
    connections: int

    def fill(self, write: Write, *, seconds: float, seed: int) -> dict[str, Any]:
        """What went in within `seconds`, and how long a commit took."""
        took_ms: list[float] = []
        errors: list[psycopg.Error] = []
        lock = threading.Lock()
        begun_s = time.monotonic()

        def work(number: int) -> None:
            stream = Stream(self.world, seed=seed * 1_000 + number)
            try:
                with psycopg.connect(self.target) as connection:
                    while (sent_s := time.monotonic()) < begun_s + seconds:
                        write(connection, stream.batch(_BATCH, last_us=time.time_ns() // 1_000))
                        connection.commit()
                        with lock:
                            took_ms.append((time.monotonic() - sent_s) * 1e3)
            except psycopg.Error as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(self.connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        elapsed_s = time.monotonic() - begun_s
        if errors:
            raise BenchError(f"PostgreSQL: {errors[0]}")
        events = len(took_ms) * _BATCH
        return {
            "events": events,
            "seconds": round(elapsed_s, 2),
            "per_s": round(events / elapsed_s),
            "commit_ms": spread(took_ms),
        }


def _fresh(target: str, *, gin: bool) -> None:
    with psycopg.connect(target) as connection:
        connection.execute("DROP TABLE IF EXISTS records")
        connection.execute(_TABLE)
        if gin:
            connection.execute(_GIN)


def _size(target: str) -> tuple[int, int]:
    with psycopg.connect(target) as connection:
        row = connection.execute("SELECT pg_total_relation_size('records'), count(*) FROM records").fetchone()
    assert row is not None  # noqa: S101 -- an aggregate always has a row
    return int(row[0]), int(row[1])


def compare(options: Options) -> list[Figure]:
    """Ingest and bytes a record: with the least indexes, and with one for the attributes."""
    try:
        with cluster(options.directory.parent) as target:
            return _compare(target, options)
    except psycopg.Error as error:
        raise BenchError(f"PostgreSQL: {error}") from error


def _compare(target: str, options: Options) -> list[Figure]:
    with psycopg.connect(target) as connection:
        version = connection.info.parameter_status("server_version")
    run = _Run(target=target, world=World(), connections=options.connections)
    trials = {}
    for at, (name, write) in enumerate(WAYS.items()):
        _fresh(target, gin=False)
        trials[name] = run.fill(write, seconds=_TRIAL_S, seed=50 + at)["per_s"]
    best = max(trials, key=lambda name: trials[name])
    figures = []
    for gin in (False, True):
        label, name = ("jsonb with GIN index", "postgresql_gin") if gin else ("jsonb", "postgresql")
        progress(f"PostgreSQL {version}, {label}, {best}, for {options.seconds:g} s")
        _fresh(target, gin=gin)
        filled = run.fill(WAYS[best], seconds=options.seconds, seed=60 + gin)
        size_bytes, records = _size(target)
        figures += [
            Figure(
                name=f"{name}_ingest",
                what=f"PostgreSQL {label}, {best}: ingest",
                unit="events/s",
                value=filled["per_s"],
                detail={"version": version, "trials_per_s": trials, "run": filled},
            ),
            Figure(
                name=f"{name}_bytes",
                what=f"PostgreSQL {label}: stored bytes a record",
                unit="bytes",
                better="less",
                value=round(size_bytes / records, 1),
                detail={"relation_bytes": size_bytes, "records": records},
            ),
        ]
    return figures
