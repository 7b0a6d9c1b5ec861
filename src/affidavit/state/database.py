"""The state database: SQLite in a file, or PostgreSQL, by URL.

Statements are SQLAlchemy Core. SQLite runs in WAL mode with synchronous=FULL, so that what was committed
survives a power cut; its writers wait for one another up to 30 seconds, inside a process and between them.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from affidavit.core.errors import ConfigurationError, StorageError
from affidavit.state.failures import database_errors
from affidavit.state.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

WAIT_S = 30
"""How long a writer waits for the one before it."""
_RETRY_S = 0.01
_SQLITE_READERS = 8
_URL_HINT = "Use sqlite:///path/to/state.db or postgresql://user@host/database."


class Database:
    """Transactions on the database at `url`; safe to share between threads, not across a fork."""

    def __init__(self, url: str) -> None:
        self._writers, self._readers = _engines(_parsed(url))

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection whose changes are durable together at the end of the block, or not made at all.

        On SQLite one such block runs at a time: keep it short. Errors of the database leave the block as
        StorageError, StorageFullError or ConflictError.
        """
        with database_errors(), self._writers.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one consistent moment and cannot write."""
        with database_errors(), self._readers.begin() as connection:
            yield connection

    def migrate(self) -> None:
        """Brings the tables to this version's, if need be; ConfigurationError where they are newer.

        Everything happens in one transaction, one process at a time.
        """
        with self.transaction() as connection:
            migrate(connection)

    def damage(self) -> list[str]:
        """What SQLite finds wrong in its file and its references; PostgreSQL looks after itself."""
        with self.read() as connection:
            if connection.dialect.name != "sqlite":
                return []
            said = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
            found = [
                f"row {row[1]} of {row[0]} refers to nothing"
                for row in connection.exec_driver_sql("PRAGMA foreign_key_check")
            ]
        return [line for line in said if line != "ok"] + found

    def close(self) -> None:
        """Closes every connection."""
        self._writers.dispose()
        self._readers.dispose()


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ConfigurationError("the URL of the state database cannot be read", hint=_URL_HINT) from error
    kind = parsed.get_backend_name()
    if kind == "sqlite" and parsed.database and not parsed.database.startswith((":", "file:")):
        return parsed.set(drivername="sqlite+pysqlite")
    if kind == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    raise ConfigurationError(
        f"no state database can be kept at {parsed.render_as_string(hide_password=True)}", hint=_URL_HINT
    )


def _engines(url: URL) -> tuple[Engine, Engine]:
    """One engine that writes and one that cannot."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, writes=True), _sqlite(url, writes=False)
    try:
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_timeout=WAIT_S,
            connect_args={"application_name": "affidavit", "connect_timeout": WAIT_S},
        )
    except ImportError as error:
        raise ConfigurationError(
            "PostgreSQL needs the package psycopg", hint="Install affidavit[postgresql]."
        ) from error
    readers = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine, readers


def _sqlite(url: URL, *, writes: bool) -> Engine:
    """An engine on the file. Writers queue for the only connection rather than poll for SQLite's lock."""
    _create_private(str(url.database))
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=1 if writes else _SQLITE_READERS,
        max_overflow=0,
        pool_timeout=WAIT_S,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver would begin by itself, and too late
        _log_ahead(connection)
        for pragma in (
            f"busy_timeout = {WAIT_S * 1000}",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = FAST",  # what has left the outbox leaves no copy in free pages
            "trusted_schema = OFF",
            f"query_only = {'OFF' if writes else 'ON'}",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Write-ahead logging; of several that open a new file at once, SQLite refuses some without any wait."""
    until = time.monotonic() + WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_RETRY_S)
        else:
            return


def _create_private(path: str) -> None:
    """The file exists with mode 0600 before SQLite, which would obey the umask, opens it."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StorageError(f"cannot open the state database: {error.strerror}") from error
