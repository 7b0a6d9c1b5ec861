"""Stores that fail on command: each fault before its effect or after it, and a volume that fills up.

`Faults` counts the operations of the stores that share it; `fail(at=…)` chooses the one that breaks. A fault
with `persisted=False` has no effect, one with `persisted=True` takes effect and then reports failure, as a
network store does whose answer is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from affidavit.core.errors import StorageError, StorageFullError
from affidavit.storage.interfaces import JournalFile, JournalStore, ObjectStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@dataclass
class Faults:
    """When writing fails: the `at`-th write from now (0 is the next), and beyond `limit_bytes` in all."""

    at: int | None = None
    persisted: bool = False
    lasting: bool = False
    """Whether every write after the chosen one fails too, until `heal`."""
    limit_bytes: int | None = None
    done: int = 0
    written_bytes: int = 0

    def fail(self, *, at: int, persisted: bool, lasting: bool = False) -> None:
        """The `at`-th write from now fails."""
        self.at, self.persisted, self.lasting, self.done = at, persisted, lasting, 0

    def fill(self, *, after_bytes: int) -> None:
        """The volume is full once `after_bytes` more were written."""
        self.limit_bytes = self.written_bytes + after_bytes

    def heal(self) -> None:
        """Nothing fails from now on."""
        self.at = self.limit_bytes = None

    def run(self, name: str, write: Callable[[], Any], *, size_bytes: int = 0) -> Any:
        """Does `write`, or fails, as was ordered."""
        turn, self.done = self.done, self.done + 1
        if self.limit_bytes is not None and size_bytes and self.written_bytes + size_bytes > self.limit_bytes:
            raise StorageFullError(f"cannot write {name}: the simulated volume is full")
        chosen = self.at is not None and (turn >= self.at if self.lasting else turn == self.at)
        if chosen and not self.persisted:
            raise StorageError(f"cannot write {name}: a simulated fault, not persisted")
        result = write()
        self.written_bytes += size_bytes
        if chosen:
            raise StorageError(f"cannot write {name}: a simulated fault, persisted all the same")
        return result


class FaultyStore(ObjectStore):
    """An ObjectStore whose writes obey `faults`; of a batch each item is a write."""

    def __init__(self, inner: ObjectStore, faults: Faults) -> None:
        self._inner = inner
        self._faults = faults

    def put_many(self, items: Iterable[tuple[str, bytes]]) -> None:
        """Puts item by item, so that a fault leaves part of the batch."""
        for name, data in items:
            self._faults.run(name, partial(self._inner.put, name, data), size_bytes=len(data))

    def read(self, name: str, *, start: int = 0, end: int | None = None) -> bytes:
        """As the store within."""
        return self._inner.read(name, start=start, end=end)

    def size(self, name: str) -> int:
        """As the store within."""
        return self._inner.size(name)

    def names(self, prefix: str = "") -> Iterator[str]:
        """As the store within."""
        return self._inner.names(prefix)

    def delete(self, name: str) -> None:
        """A write too."""
        self._faults.run(name, lambda: self._inner.delete(name))


class FaultyJournalFile(JournalFile):
    """A JournalFile whose appends and syncs obey `faults`; a failed sync breaks it, as a real one."""

    def __init__(self, inner: JournalFile, faults: Faults, *, name: str) -> None:
        self._inner = inner
        self._faults = faults
        self._name = name
        self._broken = False

    @property
    def size_bytes(self) -> int:
        """As the file within."""
        return self._inner.size_bytes

    def append(self, data: bytes | memoryview) -> int:
        """A write."""
        self._check()
        before = self._inner.size_bytes
        try:
            end: int = self._faults.run(self._name, lambda: self._inner.append(data), size_bytes=len(data))
        except StorageError:
            self._inner.truncate(before)
            raise
        return end

    def sync(self) -> int:
        """A write."""
        self._check()
        try:
            end: int = self._faults.run(self._name, self._inner.sync)
        except StorageError:
            self._broken = True
            raise
        return end

    def truncate(self, size_bytes: int) -> None:
        """A write."""
        self._faults.run(self._name, lambda: self._inner.truncate(size_bytes))

    def close(self) -> None:
        """As the file within."""
        self._inner.close()

    def _check(self) -> None:
        if self._broken:
            raise StorageError(f"{self._name} takes no more: an earlier write or sync of it failed")


class FaultyJournals(JournalStore):
    """A JournalStore whose files and deletions obey `faults`."""

    def __init__(self, inner: JournalStore, faults: Faults) -> None:
        self._inner = inner
        self._faults = faults

    def open(self, name: str) -> FaultyJournalFile:
        """A write, as it may create."""
        file: JournalFile = self._faults.run(name, lambda: self._inner.open(name))
        return FaultyJournalFile(file, self._faults, name=name)

    def read(self, name: str, *, start: int = 0, end: int | None = None) -> bytes:
        """As the store within."""
        return self._inner.read(name, start=start, end=end)

    def size(self, name: str) -> int:
        """As the store within."""
        return self._inner.size(name)

    def names(self, prefix: str = "") -> Iterator[str]:
        """As the store within."""
        return self._inner.names(prefix)

    def rename(self, old: str, new: str) -> None:
        """A write."""
        self._faults.run(old, lambda: self._inner.rename(old, new))

    def delete(self, name: str) -> None:
        """A write."""
        self._faults.run(name, lambda: self._inner.delete(name))
