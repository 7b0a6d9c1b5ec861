"""Journals as files under one directory, grown in place and made durable by fdatasync."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from affidavit.core.errors import StorageError, UsageError
from affidavit.storage.failures import read_error, storage_error
from affidavit.storage.files import make_directories, open_file, sync_directory, write_all
from affidavit.storage.interfaces import JournalFile, JournalStore
from affidavit.storage.local import LocalStore
from affidavit.storage.names import checked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_RESTART = "Restart Affidavit: it then reads back what the disk has and goes on from there."


class LocalJournalFile(JournalFile):
    """One file, open at its end. Threads may append and sync at once; one process only."""

    def __init__(self, path: Path, *, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._broken = False
        try:
            self._fd = open_file(path, os.O_RDWR | os.O_CREAT)
            try:
                self._size_bytes = os.lseek(self._fd, 0, os.SEEK_END)
                sync_directory(path.parent)
            except OSError:
                os.close(self._fd)
                raise
        except OSError as error:
            raise storage_error(error, doing="open", name=name) from error

    @property
    def size_bytes(self) -> int:
        """Length now, synced or not."""
        return self._size_bytes

    def append(self, data: bytes | memoryview) -> int:
        """Adds `data` and returns the new length; after an error the file is as long as before."""
        with self._lock:
            self._check()
            try:
                write_all(self._fd, data)
            except OSError as error:
                self._cut(self._size_bytes)
                raise storage_error(error, doing="append to", name=self._name) from error
            self._size_bytes += len(data)
            return self._size_bytes

    def sync(self) -> int:
        """Makes all that was appended before the call durable and returns that length.

        A failed fdatasync may have dropped the pages that it could not write, and a second one would then
        report success: so the first failure is final for this file.
        """
        with self._lock:
            self._check()
            size_bytes = self._size_bytes
        try:
            os.fdatasync(self._fd)
        except OSError as error:
            self._broken = True
            failure = storage_error(error, doing="sync", name=self._name)
            failure.hint = _RESTART
            raise failure from error
        return size_bytes

    def truncate(self, size_bytes: int) -> None:
        """Durably cuts the end off."""
        with self._lock:
            self._check()
            if not 0 <= size_bytes <= self._size_bytes:
                raise UsageError(
                    f"{self._name} is {self._size_bytes} bytes long and cannot be cut to {size_bytes}",
                    code="byte-range",
                )
            try:
                os.ftruncate(self._fd, size_bytes)
                os.lseek(self._fd, size_bytes, os.SEEK_SET)
                self._size_bytes = size_bytes
                os.fsync(self._fd)
            except OSError as error:
                self._broken = True
                raise storage_error(error, doing="truncate", name=self._name) from error

    def close(self) -> None:
        """Lets the file go, without a sync."""
        with self._lock:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1

    def _check(self) -> None:
        if self._fd < 0:
            raise StorageError(f"{self._name} is closed")
        if self._broken:
            raise StorageError(
                f"{self._name} takes no more: an earlier write or sync of it failed", hint=_RESTART
            )

    def _cut(self, size_bytes: int) -> None:
        """Takes a partial append back; where even that fails the file is broken."""
        self._broken = True
        with suppress(OSError):
            os.ftruncate(self._fd, size_bytes)
            os.lseek(self._fd, size_bytes, os.SEEK_SET)
            self._broken = False


class LocalJournals(JournalStore):
    """Journals as files under `root`, which is created where it is absent."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files = LocalStore(root)

    def open(self, name: str) -> LocalJournalFile:
        """The journal, to append at its end; created, durably and empty, where it is absent."""
        return LocalJournalFile(self._root / checked(name), name=name)

    def read(self, name: str, *, start: int = 0, end: int | None = None) -> bytes:
        """The bytes from `start` up to `end`; NotFoundError when absent."""
        return self._files.read(name, start=start, end=end)

    def size(self, name: str) -> int:
        """Length in bytes; NotFoundError when absent."""
        return self._files.size(name)

    def names(self, prefix: str = "") -> Iterator[str]:
        """Every name that begins with `prefix`, in the order of their code points."""
        return self._files.names(prefix)

    def rename(self, old: str, new: str) -> None:
        """Renames the file and syncs the folders of both names."""
        source, target = self._root / checked(old), self._root / checked(new)
        try:
            make_directories(target.parent)
            source.replace(target)
            for folder in {source.parent, target.parent}:
                sync_directory(folder)
        except OSError as error:
            raise read_error(error, name=old) from error

    def delete(self, name: str) -> None:
        """Unlinks the file and syncs its folder."""
        self._files.delete(name)

    def free_bytes(self) -> int:
        """What the volume can still take from this user."""
        return self._files.free_bytes()
