"""Objects and journals in memory, for one process that need not remember."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.core.errors import NotFoundError, StorageError, UsageError
from affidavit.storage.interfaces import JournalFile, JournalStore, ObjectStore
from affidavit.storage.names import checked, checked_range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def _found(held: Mapping[str, bytes | bytearray], name: str) -> bytes | bytearray:
    try:
        return held[checked(name)]
    except KeyError:
        raise NotFoundError(f"{name} does not exist") from None


def _listed(held: Mapping[str, object], prefix: str) -> Iterator[str]:
    folder = prefix.rpartition("/")[0]
    if folder:
        checked(folder)
    return iter(sorted(name for name in held if name.startswith(prefix)))


class MemoryStore(ObjectStore):
    """Objects in a dictionary."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}

    def put_many(self, items: Iterable[tuple[str, bytes]]) -> None:
        """Keeps a copy of every item."""
        self._held.update([(checked(name), bytes(data)) for name, data in items])

    def read(self, name: str, *, start: int = 0, end: int | None = None) -> bytes:
        """The bytes from `start` up to `end`; NotFoundError when absent."""
        checked_range(name, start, end)
        return bytes(_found(self._held, name)[start:end])

    def size(self, name: str) -> int:
        """Length in bytes; NotFoundError when absent."""
        return len(_found(self._held, name))

    def names(self, prefix: str = "") -> Iterator[str]:
        """Every name that begins with `prefix`, in the order of their code points."""
        return _listed(self._held, prefix)

    def delete(self, name: str) -> None:
        """Forgets the object."""
        self._held.pop(checked(name), None)


class MemoryJournalFile(JournalFile):
    """A journal that grows in memory."""

    def __init__(self, held: bytearray, *, name: str) -> None:
        self._name = name
        self._held: bytearray | None = held

    @property
    def size_bytes(self) -> int:
        """Length now."""
        return len(self._open())

    def append(self, data: bytes | memoryview) -> int:
        """Adds `data` and returns the new length."""
        held = self._open()
        held += data
        return len(held)

    def sync(self) -> int:
        """The length; memory has nothing to sync."""
        return len(self._open())

    def truncate(self, size_bytes: int) -> None:
        """Cuts the end off."""
        held = self._open()
        if not 0 <= size_bytes <= len(held):
            raise UsageError(
                f"{self._name} is {len(held)} bytes long and cannot be cut to {size_bytes}",
                code="byte-range",
            )
        del held[size_bytes:]

    def close(self) -> None:
        """Lets the journal go."""
        self._held = None

    def _open(self) -> bytearray:
        if self._held is None:
            raise StorageError(f"{self._name} is closed")
        return self._held


class MemoryJournals(JournalStore):
    """Journals in a dictionary."""

    def __init__(self) -> None:
        self._held: dict[str, bytearray] = {}

    def open(self, name: str) -> MemoryJournalFile:
        """The journal, to append at its end; created empty where it is absent."""
        return MemoryJournalFile(self._held.setdefault(checked(name), bytearray()), name=name)

    def read(self, name: str, *, start: int = 0, end: int | None = None) -> bytes:
        """The bytes from `start` up to `end`; NotFoundError when absent."""
        checked_range(name, start, end)
        return bytes(_found(self._held, name)[start:end])

    def size(self, name: str) -> int:
        """Length in bytes; NotFoundError when absent."""
        return len(_found(self._held, name))

    def names(self, prefix: str = "") -> Iterator[str]:
        """Every name that begins with `prefix`, in the order of their code points."""
        return _listed(self._held, prefix)

    def rename(self, old: str, new: str) -> None:
        """The journal under another key."""
        _found(self._held, old)
        self._held[checked(new)] = self._held.pop(old)

    def delete(self, name: str) -> None:
        """Forgets the journal."""
        self._held.pop(checked(name), None)
