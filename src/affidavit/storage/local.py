"""Objects as files under one directory: written beside, synced, renamed into place. Files 0600, folders 0700.

An object that was put is there after a power cut, as far as the disk keeps its word about fsync. Temporary
files that a crash leaves behind are never listed; `sweep` removes them while nobody writes.
"""

from __future__ import annotations

import os
import secrets
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import chain, islice
from typing import TYPE_CHECKING

from affidavit.storage.failures import read_error, storage_error
from affidavit.storage.files import (
    entries,
    make_directories,
    read_up_to,
    sync_and_close,
    sync_directory,
    written_file,
)
from affidavit.storage.interfaces import ObjectStore
from affidavit.storage.names import checked, checked_range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

TEMPORARY = ".tmp-"
"""What a temporary file's name begins with; no object name part may begin with a dot."""
_SYNC_THREADS = 8
_FEW = 4
"""Up to so many files are synced one after the other: starting threads would cost more than it saves."""
_OPEN_FILES = 64
"""At most so many files wait for their sync at once."""


class LocalStore(ObjectStore):
    """Objects as files under `root`, which is created where it is absent."""

    def __init__(self, root: Path) -> None:
        self._root = root
        try:
            make_directories(root)
        except OSError as error:
            raise storage_error(error, doing="create", name=root.name) from error

    def put_many(self, items: Iterable[tuple[str, bytes]]) -> None:
        """Writes all beside their places, syncs each, renames each, and syncs every folder once."""
        written: list[tuple[str, Path, Path]] = []
        try:
            self._write_all(items, written)
            for name, temporary, path in written:
                try:
                    temporary.replace(path)
                except OSError as error:
                    raise storage_error(error, doing="write", name=name) from error
            for folder, name in {path.parent: name for name, _, path in written}.items():
                try:
                    sync_directory(folder)
                except OSError as error:
                    raise storage_error(error, doing="sync the folder of", name=name) from error
        except BaseException:
            for _, temporary, _ in written:
                with suppress(OSError):
                    temporary.unlink(missing_ok=True)
            raise

    def read(self, name: str, *, start: int = 0, end: int | None = None) -> bytes:
        """The bytes from `start` up to `end`; NotFoundError when absent."""
        path = f"{self._root}/{checked(name)}"  # a Path costs more than reading a tile
        checked_range(name, start, end)
        try:
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - as above
                if start:
                    file.seek(start)
                return read_up_to(file, None if end is None else end - start)
        except OSError as error:
            raise read_error(error, name=name) from error

    def size(self, name: str) -> int:
        """Length in bytes; NotFoundError when absent."""
        path = self._path(name)
        try:
            with path.open("rb", buffering=0) as file:
                return os.fstat(file.fileno()).st_size
        except OSError as error:
            raise read_error(error, name=name) from error

    def names(self, prefix: str = "") -> Iterator[str]:
        """Every name that begins with `prefix`, in the order of their code points."""
        folder = prefix.rpartition("/")[0]
        if folder:
            checked(folder)
        yield from self._walk(f"{folder}/" if folder else "", prefix)

    def delete(self, name: str) -> None:
        """Unlinks the file and syncs its folder."""
        path = self._path(name)
        try:
            path.unlink()
            sync_directory(path.parent)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise storage_error(error, doing="delete", name=name) from error

    def free_bytes(self) -> int:
        """What the volume can still take from this user."""
        try:
            volume = os.statvfs(self._root)
        except OSError as error:
            raise storage_error(error, doing="measure the volume of", name=self._root.name) from error
        return volume.f_bavail * volume.f_frsize

    def sweep(self) -> int:
        """Removes temporary files that a crash left and returns how many; only while nobody else writes."""
        removed = 0
        try:
            for path in self._root.rglob(f"{TEMPORARY}*"):
                path.unlink(missing_ok=True)
                removed += 1
        except OSError as error:
            raise storage_error(error, doing="sweep", name=self._root.name) from error
        return removed

    def _path(self, name: str) -> Path:
        return self._root / checked(name)

    def _walk(self, folder: str, prefix: str) -> Iterator[str]:
        try:
            found = entries(self._root / folder)
        except OSError as error:
            raise storage_error(error, doing="list", name=folder or self._root.name) from error
        for entry in found:
            name = folder + entry
            if name.endswith("/"):
                if name.startswith(prefix) or prefix.startswith(name):
                    yield from self._walk(name, prefix)
            elif name.startswith(prefix):
                yield name

    def _write_all(self, items: Iterable[tuple[str, bytes]], written: list[tuple[str, Path, Path]]) -> None:
        """Every item durable in a temporary file, listed in `written` as soon as that file may exist."""
        todo = iter(items)
        first = list(islice(todo, _FEW + 1))
        with ExitStack() as stack:
            pool: ThreadPoolExecutor | None = None
            if len(first) > _FEW:
                pool = stack.enter_context(ThreadPoolExecutor(_SYNC_THREADS, "affidavit-fsync"))
            syncing: deque[Future[None]] = deque()
            for name, data in chain(first, todo):
                path = self._path(name)
                temporary = path.parent / f"{TEMPORARY}{secrets.token_hex(8)}"
                written.append((name, temporary, path))
                fd = written_file(temporary, data, name=name)
                if pool is None:
                    sync_and_close(fd, name=name)
                    continue
                syncing.append(pool.submit(sync_and_close, fd, name=name))
                if len(syncing) >= _OPEN_FILES:
                    syncing.popleft().result()
            while syncing:
                syncing.popleft().result()
