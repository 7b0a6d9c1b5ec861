"""A folder for Unix sockets: where the system keeps temporary files, since a socket's path may not be long.

Its name is in the data directory before it is there, so that the next server removes what one that was killed left. The
kernel's lock on it, which child processes inherit, tells whether anybody still uses it: a data directory may
have been copied, name and all.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from affidavit.core.errors import NotFoundError
from affidavit.storage.failures import storage_error
from affidavit.storage.lock import locked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from affidavit.storage.interfaces import ObjectStore

RECORD = "run/sockets"
"""The object that holds the folder's path."""
_NAME = re.compile(r"affidavit-[0-9a-f]{16}")
_PATIENCE_S = 0.5
"""So long the processes of a server that was killed may take to end."""


@contextmanager
def socket_folder(store: ObjectStore) -> Iterator[Path]:
    """An empty folder, mode 0700, gone when the block is left; for whoever holds the lock of the data directory."""
    _remove_last(store)
    folder = Path(tempfile.gettempdir()) / f"affidavit-{secrets.token_hex(8)}"
    store.put(RECORD, os.fsencode(folder))
    try:
        folder.mkdir(mode=0o700)
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise storage_error(error, doing="make", name=str(folder)) from error
    try:
        locked(fd, patience_s=0)  # nobody else knows of it
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(fd)
        store.delete(RECORD)


def _remove_last(store: ObjectStore) -> None:
    try:
        folder = Path(os.fsdecode(store.read(RECORD)))
    except NotFoundError:
        return
    if not _NAME.fullmatch(folder.name):
        return
    with suppress(OSError, ValueError):  # it is gone, or somebody else's
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if locked(fd, patience_s=_PATIENCE_S):
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(fd)
