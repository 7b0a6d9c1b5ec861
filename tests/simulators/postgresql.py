"""A real PostgreSQL server for a test run: Debian's binaries, a temporary directory, a Unix socket."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_HOMES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
AVAILABLE = bool(_HOMES) and (os.geteuid() != 0 or shutil.which("runuser") is not None)
REASON = "PostgreSQL's server binaries are not installed (apt-get install postgresql)"


@contextmanager
def postgresql_server() -> Iterator[str]:
    """The URL of a running, empty server, with `{}` where the name of a database belongs."""
    binaries = _HOMES[-1].parent
    with tempfile.TemporaryDirectory(prefix="affidavit-pg-", ignore_cleanup_errors=True) as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        data = f"{folder}/data"
        _run(binaries / "initdb", "-D", data, "-U", "affidavit", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        _run(binaries / "pg_ctl", "-D", data, "-l", f"{folder}/log", "-o", options, "-w", "start")
        try:
            yield f"postgresql://affidavit@/{{}}?host={folder}"
        finally:
            _run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def create_database(server: str, name: str) -> str:
    """The URL of a new, empty database on `server`."""
    import psycopg

    with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return server.format(name)


def _run(program: Path, *arguments: str) -> None:
    """Runs a server program, which refuses to run as root."""
    command = [str(program), *arguments]
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd="/")
