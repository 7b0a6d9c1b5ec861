"""DuckDB's way to the sealed files: an fsspec file system that can only read, and only these."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from io import RawIOBase
from typing import TYPE_CHECKING, Any

from fsspec import AbstractFileSystem

from affidavit.core.errors import AffidavitError
from affidavit.lake.sealed_files import SCHEME, OpenFile, SealedFiles, name_of

if TYPE_CHECKING:
    from collections.abc import Callable

_NEVER_CHANGED = datetime(2000, 1, 1, tzinfo=UTC)


class SealedFileSystem(AbstractFileSystem):  # type: ignore[misc]
    """The files under their addresses. What fails is kept in `failure`, since DuckDB tells it only as text."""

    protocol = SCHEME
    cachable = False

    def __init__(self, files: SealedFiles) -> None:
        super().__init__()
        self._files = files
        self._failure: AffidavitError | None = None

    def take_failure(self) -> AffidavitError | None:
        """What failed last, once."""
        failure, self._failure = self._failure, None
        return failure

    def info(self, path: str, **_kwargs: Any) -> dict[str, Any]:
        """Name, length and kind."""
        file = self._opened(path)
        return {"name": file.name, "size": file.size_bytes, "type": "file", "mtime": _NEVER_CHANGED}

    def modified(self, _path: str) -> datetime:
        """Files never change."""
        return _NEVER_CHANGED

    def glob(self, path: str, **_kwargs: Any) -> list[str]:
        """The file of that very name, which fails as it is opened where it is gone: which there are, the table says."""
        return [path]

    def exists(self, path: str, **_kwargs: Any) -> bool:
        """Whether there is such a file."""
        return self._files.exists(name_of(path))

    def _open(self, path: str, _mode: str = "rb", **_kwargs: Any) -> _Reading:
        return _Reading(self._opened(path), self._note)

    def _opened(self, path: str) -> OpenFile:
        try:
            return self._files.open(name_of(path))
        except AffidavitError as error:
            self._note(error)
            raise OSError(error.message) from error

    def _note(self, error: AffidavitError) -> None:
        self._failure = error


class _Position(threading.local):
    """Where a thread is."""

    at = 0


class _Reading(RawIOBase):
    """One open file with a position for each thread.

    DuckDB has several threads read the same one, each going to a place before it reads there, and nothing holds
    the interpreter between the two.
    """

    def __init__(self, file: OpenFile, note: Callable[[AffidavitError], None]) -> None:
        super().__init__()
        self._file = file
        self._note = note
        self._position = _Position()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position.at

    def seek(self, offset: int, whence: int = 0) -> int:
        position = self._position
        position.at = offset + (0, position.at, self._file.size_bytes)[whence]
        return position.at

    def read(self, size: int = -1) -> bytes:
        position = self._position
        end = self._file.size_bytes if size < 0 else position.at + size
        try:
            data = self._file.read(position.at, end)
        except AffidavitError as error:
            self._note(error)
            raise OSError(error.message) from error
        position.at += len(data)
        return data
