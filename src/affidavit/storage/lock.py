"""One server or one command writes in a data directory at a time.

The lock is the kernel's (flock on the file `lock`), so that a process that dies, however it dies, lets go.
Child processes that inherit the descriptor hold it too. The file says who holds it and where its server
answers; it stays behind, unlocked. Not for network file systems that do not honour flock.
"""

from __future__ import annotations

import fcntl
import os
import time
from typing import TYPE_CHECKING, Self

import msgspec

from affidavit.core.errors import ConflictError
from affidavit.storage.failures import storage_error
from affidavit.storage.files import open_file, write_all

if TYPE_CHECKING:
    from pathlib import Path

LOCK_FILE = "lock"
_PATIENCE_S = 0.2
"""`holder` takes the lock for an instant; whoever wants it meanwhile waits so long before giving up."""
_PAUSE_S = 0.01
_MAX_NOTE_BYTES = 4096


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes in a data directory."""

    pid: int
    purpose: str
    """Such as `serve` or `import`."""
    address: str | None = None
    """Where the holder's API answers, such as `http://127.0.0.1:8470`; None for a command."""


class DirectoryLock:
    """The exclusive right to write in a data directory, until `release` or the end of the process."""

    def __init__(self, fd: int, holder: Holder) -> None:
        self._fd = fd
        self.holder = holder

    @classmethod
    def acquire(cls, directory: Path, *, purpose: str, address: str | None = None) -> Self:
        """Takes the lock; ConflictError (code `locked`) names who holds it."""
        try:
            fd = open_file(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise storage_error(error, doing="open", name=LOCK_FILE) from error
        holder = Holder(pid=os.getpid(), purpose=purpose, address=address)
        lock = cls(fd, holder)
        try:
            lock._take()
        except OSError as error:
            lock.release()
            raise storage_error(error, doing="lock", name=LOCK_FILE) from error
        except BaseException:
            lock.release()
            raise
        return lock

    def _take(self) -> None:
        if not locked(self._fd, patience_s=_PATIENCE_S):
            raise _taken(_note(self._fd))
        os.ftruncate(self._fd, 0)
        write_all(self._fd, msgspec.json.encode(self.holder))

    def fileno(self) -> int:
        """The descriptor, for child processes that are to hold the lock as long as they live."""
        return self._fd

    def release(self) -> None:
        """Lets go; a second call does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def holder(directory: Path) -> Holder | None:
    """Who holds the lock of `directory` now; None where nobody does."""
    try:
        fd = os.open(directory / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise storage_error(error, doing="open", name=LOCK_FILE) from error
    try:
        if locked(fd, patience_s=0):
            return None
        return _note(fd) or Holder(pid=0, purpose="unknown")
    except OSError as error:
        raise storage_error(error, doing="read", name=LOCK_FILE) from error
    finally:
        os.close(fd)


def locked(fd: int, *, patience_s: float) -> bool:
    """Whether the lock of the open file or folder could be had; it is held until the descriptor is closed."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PAUSE_S)
        else:
            return True


def _note(fd: int) -> Holder | None:
    """What the holder wrote; None in the instant before it has."""
    try:
        return msgspec.json.decode(os.pread(fd, _MAX_NOTE_BYTES, 0), type=Holder)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _taken(by: Holder | None) -> ConflictError:
    who = "another process" if by is None else f"`{by.purpose}` (process {by.pid})"
    return ConflictError(
        f"the data directory is in use by {who}",
        code="locked",
        hint="Wait until it ends, or stop it; while a server runs, commands go through its API.",
    )
