"""What the database refused, said in this project's errors, without the values of the statement."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import exc

from affidavit.core.errors import AffidavitError, ConflictError, StorageError, StorageFullError

if TYPE_CHECKING:
    from collections.abc import Iterator

_FULL = {"SQLITE_FULL", "53100"}
"""SQLite's names and PostgreSQL's SQLSTATEs: no space is left."""
_CHANGED = {"SQLITE_BUSY_SNAPSHOT", "40001", "40P01"}
"""Another transaction was first: stale snapshot, serialization failure, deadlock."""


@contextmanager
def database_errors() -> Iterator[None]:
    """Inside, SQLAlchemy's errors become StorageError, StorageFullError or ConflictError."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise database_error(error) from error


def database_error(error: exc.SQLAlchemyError) -> AffidavitError:
    """What to raise for `error`; the message never holds a parameter, which may be a secret."""
    if isinstance(error, exc.TimeoutError):
        return StorageError("the state database is busy: no connection came free in time")
    if not isinstance(error, exc.DBAPIError):
        return StorageError(f"the state database failed: {type(error).__name__}")
    cause = error.orig
    reason = next(iter(str(cause).splitlines()), "") or type(cause).__name__
    code = str(getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None))
    if code in _FULL:
        return StorageFullError(f"the state database is full: {reason}")
    if code in _CHANGED or isinstance(error, exc.IntegrityError):
        return ConflictError(f"the state database refused a change: {reason}")
    return StorageError(f"the state database failed: {reason}")
