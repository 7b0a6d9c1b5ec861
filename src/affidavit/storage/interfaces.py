"""What a place for bytes does, so that a bucket can stand where a directory stands today.

Names are slash paths such as `tile/0/x001/067` (see `names.checked`). An object is written whole and never
changed in place; a journal grows at its end. A name is never also the folder of another name.
Every method raises StorageError, or StorageFullError when no space is left, where the machine fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Shelf(Protocol):
    """Bytes under names, whether objects or journals."""

    def read(self, name: str, *, start: int = 0, end: int | None = None) -> bytes:
        """The bytes from `start` up to `end` (or as many as there are); NotFoundError when absent."""
        ...

    def size(self, name: str) -> int:
        """Length in bytes; NotFoundError when absent."""
        ...

    def names(self, prefix: str = "") -> Iterator[str]:
        """Every name that begins with `prefix`, at any depth, in the order of their code points."""
        ...

    def delete(self, name: str) -> None:
        """What the name holds is durably gone; it need not have been there."""
        ...


class ObjectStore(Shelf, Protocol):
    """Objects under names, each there whole or not at all."""

    def put_many(self, items: Iterable[tuple[str, bytes]]) -> None:
        """Every item durable on return, each atomically; an object that was there is replaced.

        After an error any subset of the items may be there, each whole: putting them again is safe.
        """
        ...

    def put(self, name: str, data: bytes) -> None:
        """`put_many` of one."""
        self.put_many([(name, data)])


class JournalFile(Protocol):
    """One journal, open to grow. Appends are atomic to one another; `sync` may run beside them."""

    @property
    def size_bytes(self) -> int:
        """Length now, synced or not."""
        ...

    def append(self, data: bytes | memoryview) -> int:
        """Adds `data` whole or not at all and returns the new length; durable only after `sync`."""
        ...

    def sync(self) -> int:
        """Makes all that was appended before the call durable and returns that length.

        After a failed sync nobody knows which bytes the disk has: the file refuses further appends.
        """
        ...

    def truncate(self, size_bytes: int) -> None:
        """Durably cuts the end off, as after a torn write; never lengthens."""
        ...

    def close(self) -> None:
        """Lets the file go, without a sync."""
        ...


class JournalStore(Shelf, Protocol):
    """Append-only files under names."""

    def open(self, name: str) -> JournalFile:
        """The journal, to append at its end; created, durably and empty, where it is absent."""
        ...

    def rename(self, old: str, new: str) -> None:
        """The journal is durably and atomically under its new name; NotFoundError when absent."""
        ...
