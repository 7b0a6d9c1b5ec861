"""Files of the lake: age files in the object store, read at random access, named by what they are.

Whatever fails names the file: VerificationError where its bytes were altered, StorageError where it cannot
be read.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from affidavit.core.errors import AgeError, NotFoundError
from affidavit.formats.age.file import AgeReader, encrypt
from affidavit.lake.failures import altered, missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from affidavit.formats.age.recipient import Identity, Recipient
    from affidavit.storage.interfaces import ObjectStore

SCHEME = "affidavit"
"""How the files are addressed inside Iceberg metadata: `affidavit://lake/…`."""
_OPEN_FILES = 512
_RECENT_BYTES = 32 << 20
_SMALL_BYTES = 4 << 20


class SealedFiles:
    """Encrypts what is put and decrypts what is read. Files never change, so readers are kept open."""

    def __init__(
        self, store: ObjectStore, *, recipients: Sequence[Recipient], identities: Sequence[Identity]
    ) -> None:
        self._store = store
        self._recipients = tuple(recipients)
        self._identities = tuple(identities)
        self._open: OrderedDict[str, OpenFile] = OrderedDict()
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self._recent_bytes = 0
        self._lock = Lock()

    def put_many(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Every file is encrypted and durable on return."""
        files = list(files)
        self._store.put_many([(name, encrypt(data, self._recipients)) for name, data in files])
        for name, data in files:
            self._remember(name, data)

    def open(self, name: str) -> OpenFile:
        """The file, its key unwrapped and its length authenticated."""
        with self._lock:
            found = self._open.get(name)
            if found is not None:
                self._open.move_to_end(name)
                return found
        file = OpenFile(name, self._reader(name))
        with self._lock:
            self._open[name] = file
            while len(self._open) > _OPEN_FILES:
                self._open.popitem(last=False)
        return file

    def read(self, name: str) -> bytes:
        """The whole plaintext; that of small files is remembered."""
        with self._lock:
            known = self._recent.get(name)
        if known is None:
            file = self.open(name)
            known = file.read(0, file.size_bytes)
            self._remember(name, known)
        return known

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        try:
            self._store.size(name)
        except NotFoundError:
            return False
        return True

    def names(self, prefix: str) -> Iterator[str]:
        """Every stored name that begins with `prefix`."""
        return self._store.names(prefix)

    def delete(self, name: str) -> None:
        """The file is gone."""
        with self._lock:
            self._open.pop(name, None)
            self._recent_bytes -= len(self._recent.pop(name, b""))
        self._store.delete(name)

    def _reader(self, name: str) -> AgeReader:
        try:
            size_bytes = self._store.size(name)
            return AgeReader.open(
                partial(_read, self._store, name), file_bytes=size_bytes, identities=self._identities
            )
        except AgeError as error:
            raise altered(name, error) from error
        except NotFoundError as error:
            raise missing(name) from error

    def _remember(self, name: str, data: bytes) -> None:
        if len(data) > _SMALL_BYTES:
            return
        with self._lock:
            self._recent_bytes += len(data) - len(self._recent.pop(name, b""))
            self._recent[name] = data
            while self._recent_bytes > _RECENT_BYTES:
                _, dropped = self._recent.popitem(last=False)
                self._recent_bytes -= len(dropped)


class OpenFile:
    """One file at random access; safe to share between threads."""

    def __init__(self, name: str, reader: AgeReader) -> None:
        self.name = name
        """Its object name."""
        self.size_bytes = reader.size_bytes
        """Length of the plaintext."""
        self._reader = reader

    def read(self, start: int, end: int) -> bytes:
        """The plaintext from `start` up to `end`."""
        try:
            return self._reader.read(start, end)
        except AgeError as error:
            raise altered(self.name, error) from error
        except NotFoundError as error:
            raise missing(self.name) from error


def location(name: str) -> str:
    """The address of an object name in Iceberg metadata."""
    return f"{SCHEME}://{name}"


def name_of(address: str) -> str:
    """The object name of an address."""
    return address.removeprefix(f"{SCHEME}://")


def _read(store: ObjectStore, name: str, start: int, end: int) -> bytes:
    return store.read(name, start=start, end=end)
