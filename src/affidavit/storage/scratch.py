"""Folders that are there for a while, and copies of whole directories: for drills, never for what must last."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from affidavit.storage.failures import storage_error

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def scratch_folder(within: Path | None = None) -> Iterator[Path]:
    """An empty folder, mode 0700, in `within` or the system's own place; gone when the block is left."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="affidavit-scratch-", dir=within))
    except OSError as error:
        raise storage_error(error, doing="make", name="a scratch folder") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def copy_folder(source: Path, target: Path) -> None:
    """Everything below `source` as it is, under `target`, which is made; what was there is gone before."""
    try:
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
    except OSError as error:
        raise storage_error(error, doing="copy", name=source.name) from error
