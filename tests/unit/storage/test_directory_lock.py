"""Two writers never share a data directory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from affidavit.core.errors import ConflictError, StorageError
from affidavit.storage.lock import LOCK_FILE, DirectoryLock, Holder, holder

if TYPE_CHECKING:
    from pathlib import Path

_HOLD = (
    "import sys, time\n"
    "from pathlib import Path\n"
    "from affidavit.storage.lock import DirectoryLock\n"
    "lock = DirectoryLock.acquire(Path(sys.argv[1]), purpose='serve', address='http://127.0.0.1:8470')\n"
    "print('held', flush=True)\n"
    "time.sleep(60)\n"
)


def test_the_second_writer_is_told_who_holds_it(tmp_path: Path) -> None:
    """While another process holds the lock, taking it names that process; kill -9 frees it."""
    assert holder(tmp_path) is None
    with subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        assert holder(tmp_path) == Holder(pid=other.pid, purpose="serve", address="http://127.0.0.1:8470")
        with pytest.raises(ConflictError, match=rf"`serve` \(process {other.pid}\)") as caught:
            DirectoryLock.acquire(tmp_path, purpose="import")
        assert caught.value.code == "locked"
        other.send_signal(signal.SIGKILL)
    assert holder(tmp_path) is None
    with DirectoryLock.acquire(tmp_path, purpose="import") as lock:
        assert holder(tmp_path) == lock.holder == Holder(pid=os.getpid(), purpose="import")
    assert holder(tmp_path) is None


def test_one_process_holds_it_once(tmp_path: Path) -> None:
    """A second lock in the same process is refused as well; release frees it and may be repeated."""
    first = DirectoryLock.acquire(tmp_path, purpose="serve")
    with pytest.raises(ConflictError):
        DirectoryLock.acquire(tmp_path, purpose="serve")
    first.release()
    first.release()
    DirectoryLock.acquire(tmp_path, purpose="serve").release()


def test_a_child_keeps_the_lock(tmp_path: Path) -> None:
    """A worker that was given the descriptor holds the lock until it ends, though its parent let go."""
    lock = DirectoryLock.acquire(tmp_path, purpose="serve")
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[lock.fileno()]
    ) as child:
        lock.release()
        with pytest.raises(ConflictError):
            DirectoryLock.acquire(tmp_path, purpose="serve")
        child.communicate(b"\n")
    DirectoryLock.acquire(tmp_path, purpose="serve").release()


def test_a_garbled_note_is_no_failure(tmp_path: Path) -> None:
    """Whatever the lock file holds, it can be taken, and a holder without a note is still one."""
    (tmp_path / LOCK_FILE).write_bytes(b"\xff{not json")
    lock = DirectoryLock.acquire(tmp_path, purpose="serve")
    (tmp_path / LOCK_FILE).write_bytes(b'{"pid": "x"}')
    assert holder(tmp_path) == Holder(pid=0, purpose="unknown")
    with pytest.raises(ConflictError, match="another process"):
        DirectoryLock.acquire(tmp_path, purpose="import")
    lock.release()


def test_an_unusable_directory_is_a_storage_error(tmp_path: Path) -> None:
    """Where the lock file cannot be opened only this project's error comes out."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError):
        DirectoryLock.acquire(tmp_path / "file", purpose="serve")
    with pytest.raises(StorageError):
        holder(tmp_path / "file")
