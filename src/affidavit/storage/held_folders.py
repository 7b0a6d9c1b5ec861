"""Folders outside of the data directory that a process holds while it needs them; one that is killed leaves its own.

The kernel's lock on the folder, which child processes inherit, tells whether anybody still uses it.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from affidavit.storage.failures import storage_error
from affidavit.storage.lock import locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def held_folder(folder: Path) -> Iterator[Path]:
    """Makes `folder`, mode 0700, and holds it; gone when the block is left."""
    try:
        folder.mkdir(mode=0o700)
        fd = os.open(folder, _FLAGS)
    except OSError as error:
        raise storage_error(error, doing="make", name=str(folder)) from error
    try:
        locked(fd, patience_s=0)  # nobody else knows of it
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(fd)


def remove_abandoned(folder: Path, *, patience_s: float) -> None:
    """Removes a folder of this user that nobody holds, or lets go of within that time; others stay."""
    with suppress(OSError, ValueError):  # it is gone, or somebody else's
        fd = os.open(folder, _FLAGS)
        try:
            if os.fstat(fd).st_uid == os.geteuid() and locked(fd, patience_s=patience_s):
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(fd)
