"""Journals that forget what was not synced when the power fails."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from affidavit.core.errors import StorageError
from affidavit.storage.interfaces import JournalFile, JournalStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random


class PowerCutJournalFile(JournalFile):
    """A file that reports to its store how much of it was synced."""

    def __init__(self, store: PowerCutJournals, inner: JournalFile, *, name: str) -> None:
        self._store = store
        self._inner = inner
        self._name = name
        self._power = store.power
        self._lock = threading.Lock()

    @property
    def size_bytes(self) -> int:
        """As the file within."""
        return self._inner.size_bytes

    def append(self, data: bytes | memoryview) -> int:
        """Adds bytes that a power cut may still take."""
        with self._lock:
            self._check()
            return self._inner.append(data)

    def sync(self) -> int:
        """From here on a power cut takes nothing before the returned length."""
        with self._lock:
            self._check()
            end = self._inner.sync()
            self._store.synced[self._name] = end
            return end

    def truncate(self, size_bytes: int) -> None:
        """Durable at once."""
        with self._lock:
            self._check()
            self._inner.truncate(size_bytes)
            self._store.synced[self._name] = min(self._store.synced[self._name], size_bytes)

    def close(self) -> None:
        """Without a sync."""
        self._inner.close()

    def _check(self) -> None:
        if self._power != self._store.power:
            raise StorageError(f"{self._name} is closed: the power failed")


class PowerCutJournals(JournalStore):
    """A JournalStore whose power can be cut: files that were open are dead, unsynced tails are torn."""

    def __init__(self, inner: JournalStore) -> None:
        self._inner = inner
        self.synced: dict[str, int] = {}
        self.power = 0

    def cut(self, random: Random) -> None:
        """Keeps of every journal what was synced, and of the rest a beginning of random length."""
        self.power += 1
        for name in list(self._inner.names()):
            size_bytes = self._inner.size(name)
            file = self._inner.open(name)
            file.truncate(random.randint(self.synced.get(name, 0), size_bytes))
            self.synced[name] = file.sync()
            file.close()

    def open(self, name: str) -> PowerCutJournalFile:
        """What is there when a file is opened has survived already, or is taken to be unsynced."""
        inner = self._inner.open(name)
        self.synced.setdefault(name, 0)
        return PowerCutJournalFile(self, inner, name=name)

    def read(self, name: str, *, start: int = 0, end: int | None = None) -> bytes:
        """As the store within."""
        return self._inner.read(name, start=start, end=end)

    def size(self, name: str) -> int:
        """As the store within; NotFoundError when absent."""
        return self._inner.size(name)

    def names(self, prefix: str = "") -> Iterator[str]:
        """As the store within."""
        return self._inner.names(prefix)

    def rename(self, old: str, new: str) -> None:
        """Durable at once."""
        self._inner.rename(old, new)
        self.synced[new] = self.synced.pop(old, 0)

    def delete(self, name: str) -> None:
        """Durable at once."""
        self._inner.delete(name)
        self.synced.pop(name, None)
