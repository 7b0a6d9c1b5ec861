"""Folders that are there for a while, and copies of whole directories: for drills, never for what must last."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from affidavit.storage.failures import storage_error
from affidavit.storage.held_folders import held_folder, remove_abandoned

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "affidavit-scratch-"
_SETTLED_S = 60
"""Between the making of a folder and the lock on it another drill would take it for abandoned."""


@contextmanager
def scratch_folder(within: Path | None = None) -> Iterator[Path]:
    """An empty folder, mode 0700, in `within` or the system's own place; gone when the block is left.

    What one that was killed left there, a minute ago or more, is removed first.
    """
    place = Path(tempfile.gettempdir()) if within is None else within
    for folder in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # it is gone
            if time.time() - folder.lstat().st_mtime > _SETTLED_S:
                remove_abandoned(folder, patience_s=0)
    with held_folder(place / f"{_PREFIX}{secrets.token_hex(8)}") as folder:
        yield folder


def copy_folder(source: Path, target: Path) -> None:
    """Everything below `source` as it is, under `target`, which is made; what was there is gone before."""
    try:
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
    except OSError as error:
        raise storage_error(error, doing="copy", name=source.name) from error
