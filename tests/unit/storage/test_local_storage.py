"""What only a directory can show: modes, crashes, full disks and failing syncs."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from affidavit.core.errors import StorageError, StorageFullError
from affidavit.storage.local import TEMPORARY, LocalStore
from affidavit.storage.local_journal import LocalJournals

if TYPE_CHECKING:
    from pathlib import Path


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    """Files are 0600 and every folder that was made is 0700, whatever the umask."""
    before = os.umask(0)
    try:
        root = tmp_path / "data" / "objects"
        LocalStore(root).put("keys/log.key", b"secret")
        LocalJournals(root / "spool").open("default/1").close()
    finally:
        os.umask(before)
    made = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*"))
    assert made == [
        "data",
        "data/objects",
        "data/objects/keys",
        "data/objects/keys/log.key",
        "data/objects/spool",
        "data/objects/spool/default",
        "data/objects/spool/default/1",
    ]
    for path in tmp_path.rglob("*"):
        assert _mode(path) == (0o700 if path.is_dir() else 0o600), path


def test_temporary_files_are_never_objects(tmp_path: Path) -> None:
    """What a crash left half written is not listed, and sweep removes it and nothing else."""
    store = LocalStore(tmp_path)
    store.put("a/b", b"whole")
    (tmp_path / "a" / f"{TEMPORARY}0123").write_bytes(b"ha")
    (tmp_path / f"{TEMPORARY}4567").write_bytes(b"")
    assert list(store.names()) == ["a/b"]
    assert store.sweep() == 2
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]
    assert store.sweep() == 0


def test_a_batch_that_does_not_fit_leaves_nothing(tmp_path: Path) -> None:
    """A batch that does not fit is a StorageError that names the object, and leaves no file behind."""
    store = LocalStore(tmp_path)
    store.put("kept", b"before")
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from affidavit.core.errors import StorageError\n"
        "from affidavit.storage.local import LocalStore\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try:\n"
        "    LocalStore(Path(sys.argv[1])).put_many((f'n/{i}', b'x' * 1000 * i) for i in range(9))\n"
        "except StorageError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("cannot write n/5: ")
    assert list(store.names()) == ["kept"]
    assert store.sweep() == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_volume_is_storage_full(tmp_path: Path) -> None:
    """Where the kernel says ENOSPC the error is StorageFullError and names the journal."""
    journals = LocalJournals(tmp_path)
    (tmp_path / "segment").symlink_to("/dev/full")
    file = journals.open("segment")
    with pytest.raises(StorageFullError, match="cannot append to segment"):
        file.append(b"x")
    file.close()


def test_a_failed_append_is_taken_back(tmp_path: Path) -> None:
    """Where the disk takes only part of an append it is cut off; the next follows the last whole one."""
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from affidavit.core.errors import StorageError\n"
        "from affidavit.storage.local_journal import LocalJournals\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "file = LocalJournals(Path(sys.argv[1])).open('segment')\n"
        "file.append(b'a' * 80)\n"
        "try:\n"
        "    file.append(b'b' * 50)\n"
        "except StorageError as error:\n"
        "    print(error)\n"
        "print(file.append(b'c' * 10), file.sync())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[0].startswith("cannot append to segment: ")
    assert done.stdout.splitlines()[1] == "90 90"
    assert LocalJournals(tmp_path).read("segment") == b"a" * 80 + b"c" * 10


@pytest.mark.parametrize(("number", "kind"), [(errno.EIO, StorageError), (errno.ENOSPC, StorageFullError)])
def test_after_a_failed_sync_a_journal_takes_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[StorageError]
) -> None:
    """One failed fdatasync is final for the file, as pages may be lost; opened again it goes on."""
    journals = LocalJournals(tmp_path)
    file = journals.open("segment")
    file.append(b"before")
    file.sync()
    file.append(b"lost")

    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fail)
        with pytest.raises(kind, match="cannot sync segment") as caught:
            file.sync()
    assert "Restart" in caught.value.hint
    for act in (lambda: file.append(b"x"), file.sync, lambda: file.truncate(0)):
        with pytest.raises(StorageError, match="segment takes no more") as refused:
            act()
        assert "Restart" in refused.value.hint
    file.close()
    assert journals.read("segment").startswith(b"before")
    again = journals.open("segment")
    again.truncate(6)
    assert again.append(b"!") == again.sync() == 7
    again.close()


def test_a_failed_sync_of_objects_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a sync fails before the rename, the object that was there stays, whole."""
    store = LocalStore(tmp_path)
    store.put("checkpoint", b"old")

    def fail(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    for count in (1, 20):
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fail)
            with pytest.raises(StorageError, match="cannot sync"):
                store.put_many([("checkpoint", b"new")] * count)
        assert store.read("checkpoint") == b"old"
        assert store.sweep() == 0


def test_errors_name_the_object_and_not_the_machine(tmp_path: Path) -> None:
    """A message says which object failed and holds no path of this machine."""
    store = LocalStore(tmp_path)
    store.put("a", b"file")
    with pytest.raises(StorageError) as caught:
        store.put("a/b", b"under a file")
    assert "a/b" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    with pytest.raises(StorageError):
        LocalStore(tmp_path / "a")


def test_free_bytes(tmp_path: Path) -> None:
    """The free space of the volume is a number of bytes."""
    assert LocalStore(tmp_path).free_bytes() > 0
    assert LocalJournals(tmp_path).free_bytes() > 0
