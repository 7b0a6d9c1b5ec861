"""A folder for Unix sockets: where the system keeps temporary files, since a socket's path may not be long.

Its name is in the data directory before it is there, so that the next server removes what one that was killed left,
unless it is held: a data directory may have been copied, name and all.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from affidavit.core.errors import NotFoundError
from affidavit.storage.held_folders import held_folder, remove_abandoned

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
        with held_folder(folder):
            yield folder
    finally:
        store.delete(RECORD)


def _remove_last(store: ObjectStore) -> None:
    try:
        folder = Path(os.fsdecode(store.read(RECORD)))
    except NotFoundError:
        return
    if _NAME.fullmatch(folder.name):
        remove_abandoned(folder, patience_s=_PATIENCE_S)
