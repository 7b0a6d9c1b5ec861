"""The folder for sockets goes with its server, however that ends, and never with another one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest

from affidavit.storage.local import LocalStore
from affidavit.storage.sockets import RECORD, socket_folder

if TYPE_CHECKING:
    from pathlib import Path

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
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    """Of a data directory; what is temporary lies beside it."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return LocalStore(tmp_path / "data")


def _left(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "tmp").iterdir()]


def test_it_is_private_and_gone_afterwards(store: LocalStore, tmp_path: Path) -> None:
    """With what lies in it; nothing tells of it any more."""
    with socket_folder(store) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(folder / "query"))
        assert _left(tmp_path) == [folder.name]
    assert _left(tmp_path) == []
    assert list(store.names(RECORD)) == []


def test_what_a_killed_server_left_is_removed_by_the_next(store: LocalStore, tmp_path: Path) -> None:
    """The socket in it, too."""
    done = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "data"], check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = _left(tmp_path)
    with socket_folder(store) as folder:
        assert folder.name != left
        assert _left(tmp_path) == [folder.name]


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
