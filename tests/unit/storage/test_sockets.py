"""The folder for sockets goes with its server, however that ends, and never with another one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from affidavit.storage.local import LocalStore
from affidavit.storage.sockets import RECORD, socket_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

KILLED = """
import os, signal, socket, sys
from pathlib import Path
from affidavit.storage.local import LocalStore
from affidavit.storage.sockets import socket_folder

with socket_folder(LocalStore(Path(sys.argv[1]))) as folder:
    socket.socket(socket.AF_UNIX).bind(str(folder / "query"))
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the system keeps temporary files: a short path, as a socket's may not be long."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield Path(folder)


@pytest.fixture
def store(tmp_path: Path, temporary: Path) -> LocalStore:
    """Of a data directory; whatever is temporary goes to `temporary`."""
    return LocalStore(tmp_path / "data")


def _left(temporary: Path) -> list[str]:
    return [path.name for path in temporary.iterdir()]


def test_it_is_private_and_gone_afterwards(store: LocalStore, temporary: Path) -> None:
    """With what lies in it; nothing tells of it any more."""
    with socket_folder(store) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(folder / "query"))
        assert _left(temporary) == [folder.name]
    assert _left(temporary) == []
    assert list(store.names(RECORD)) == []


def test_what_a_killed_server_left_is_removed_by_the_next(
    store: LocalStore, tmp_path: Path, temporary: Path
) -> None:
    """The socket in it, too."""
    done = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "data"], check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = _left(temporary)
    with socket_folder(store) as folder:
        assert folder.name != left
        assert _left(temporary) == [folder.name]


def test_a_copy_of_the_data_directory_leaves_the_running_server_alone(
    store: LocalStore, tmp_path: Path
) -> None:
    """The copy holds the name of a folder that is in use."""
    copy = LocalStore(tmp_path / "copy")
    with socket_folder(store) as folder:
        copy.put(RECORD, store.read(RECORD))
        with socket_folder(copy) as other:
            assert folder.is_dir()
            assert other != folder


@pytest.mark.parametrize("name", ["somebody-elses", "affidavit-0123"])
def test_nothing_else_is_removed(store: LocalStore, tmp_path: Path, name: str) -> None:
    """Whatever the data directory says."""
    other = tmp_path / "tmp" / name
    other.mkdir(parents=True)
    (other / "file").touch()
    store.put(RECORD, os.fsencode(other))
    with socket_folder(store):
        assert (other / "file").exists()


def test_what_is_gone_already_is_no_error(store: LocalStore, tmp_path: Path) -> None:
    """As after the system has been started anew, or on another machine; nor is garbage."""
    for said in (os.fsencode(tmp_path / "tmp/affidavit-0123456789abcdef"), b"", b"\0affidavit", b"\xff"):
        store.put(RECORD, said)
        with socket_folder(store) as folder:
            assert folder.is_dir()
