"""Foreign failures, told in this project's words and with the name of the file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa
from pyiceberg.exceptions import CommitFailedException
from sqlalchemy.exc import SQLAlchemyError

from affidavit.core.errors import AgeError, NotFoundError, StorageError, VerificationError

if TYPE_CHECKING:
    from collections.abc import Iterator


MISSING = "lake-file-missing"
"""Code of the StorageError of a file that should be there."""


class EngineError(Exception):
    """What DuckDB says, in its own words; it is loaded only where somebody asks it."""


@contextmanager
def told(doing: str, *, name: str = "the lake") -> Iterator[None]:
    """Whatever fails inside is a VerificationError (altered) or StorageError (missing, unreadable).

    CommitFailedException passes, because the caller answers it with another attempt.
    """
    try:
        yield
    except AgeError as error:
        raise altered(name, error) from error
    except NotFoundError as error:
        raise missing(name) from error
    except CommitFailedException:
        raise
    except SQLAlchemyError as error:
        raise StorageError(f"{name}: the catalog failed to {doing}: {error}", code="lake-catalog") from error
    except (pa.ArrowException, EngineError) as error:
        raise StorageError(f"{name}: could not {doing}: {error}", code="lake-file") from error
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError, OSError) as error:
        raise StorageError(f"{name}: could not {doing}: {error!r}", code="lake-file") from error


def altered(name: str, error: AgeError) -> VerificationError:
    """What to say of a file whose encryption does not hold."""
    return VerificationError(f"{name} is not what was written: {error.message}", code="lake-file-altered")


def missing(name: str) -> StorageError:
    """What to say of a file that should be there."""
    return StorageError(f"{name} is missing", code=MISSING)
