"""The few things that a durable directory asks of the operating system."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from affidavit.storage.failures import storage_error

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700
_READ_BYTES = 1 << 30
"""Linux reads at most about 2 GiB at once."""


def make_directories(folder: Path) -> None:
    """The folder and those above it, each durable; those that are created have mode 0700."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)
        sync_directory(path.parent)


def sync_directory(folder: Path) -> None:
    """Makes names that were created, renamed or removed in `folder` durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def entries(folder: Path) -> list[str]:
    """What is in `folder`, hidden names left out, folders with a slash at the end, in code point order."""
    try:
        with os.scandir(folder) as found:
            return sorted(
                f"{entry.name}/" if entry.is_dir() else entry.name
                for entry in found
                if not entry.name.startswith(".")
            )
    except (FileNotFoundError, NotADirectoryError):
        return []


def open_file(path: Path, flags: int) -> int:
    """A descriptor of `path`, created with mode 0600 where `flags` say so, its folder made where absent."""
    flags |= os.O_CLOEXEC
    try:
        return os.open(path, flags, FILE_MODE)
    except FileNotFoundError:
        make_directories(path.parent)
        return os.open(path, flags, FILE_MODE)


def write_all(fd: int, data: bytes | memoryview) -> None:
    """Every byte of `data` at the descriptor's position, however many calls it takes."""
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left) :]


def read_up_to(file: FileIO, size_bytes: int | None) -> bytes:
    """The next `size_bytes`, or as many as there are; None reads to the end."""
    if size_bytes is None:
        return file.readall()
    data = file.read(min(size_bytes, _READ_BYTES))
    if len(data) in (0, size_bytes):
        return data
    chunks = [data]
    left = size_bytes - len(data)
    while left and (data := file.read(min(left, _READ_BYTES))):
        chunks.append(data)
        left -= len(data)
    return b"".join(chunks)


def written_file(path: Path, data: bytes, *, name: str) -> int:
    """A descriptor of the new file `path` that holds `data`, not yet synced; StorageError names `name`."""
    try:
        fd = open_file(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    except OSError as error:
        raise storage_error(error, doing="create", name=name) from error
    try:
        write_all(fd, data)
    except OSError as error:
        os.close(fd)
        raise storage_error(error, doing="write", name=name) from error
    return fd


def sync_and_close(fd: int, *, name: str) -> None:
    """Makes the file durable and lets it go; StorageError names `name`."""
    try:
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
    except OSError as error:
        raise storage_error(error, doing="sync", name=name) from error
