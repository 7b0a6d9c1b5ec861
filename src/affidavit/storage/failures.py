"""What the operating system refused, said in this project's errors."""

from __future__ import annotations

import errno

from affidavit.core.errors import NotFoundError, StorageError, StorageFullError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR})


def storage_error(error: OSError, *, doing: str, name: str) -> StorageError:
    """The StorageError for `error`; it names the object and never the path on this machine."""
    reason = error.strerror or type(error).__name__
    if error.errno in _FULL:
        return StorageFullError(f"cannot {doing} {name}: {reason}")
    return StorageError(f"cannot {doing} {name}: {reason}")


def read_error(error: OSError, *, name: str) -> StorageError | NotFoundError:
    """As `storage_error`, and NotFoundError where there is no such object."""
    if error.errno in _ABSENT:
        return NotFoundError(f"{name} does not exist")
    return storage_error(error, doing="read", name=name)
