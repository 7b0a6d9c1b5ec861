"""A scratch folder goes with whoever made it, however that ends, and never with anybody else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from affidavit.core.errors import AffidavitError
from affidavit.storage.scratch import scratch_folder

if TYPE_CHECKING:
    from pathlib import Path

KILLED = """
import os, signal, sys
from pathlib import Path
from affidavit.storage.scratch import scratch_folder

with scratch_folder(Path(sys.argv[1])) as folder:
    (folder / "record").write_text("in clear")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def _killed(place: Path, *, ago_s: float) -> Path:
    """What a drill leaves that was killed so long ago."""
    done = subprocess.run([sys.executable, "-c", KILLED, place], check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = place.iterdir()
    then = time.time() - ago_s
    os.utime(left, (then, then))
    return left


def test_it_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    """With what lies in it."""
    with scratch_folder(tmp_path) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "record").write_text("in clear")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_one_left_is_removed_by_the_next(tmp_path: Path) -> None:
    """A minute later: before, it could be one that is only just being made."""
    left = _killed(tmp_path, ago_s=10)
    with scratch_folder(tmp_path):
        assert (left / "record").exists()
    then = time.time() - 100
    os.utime(left, (then, then))
    with scratch_folder(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder]


def test_one_that_is_in_use_stays(tmp_path: Path) -> None:
    """However old it is."""
    with scratch_folder(tmp_path) as folder:
        (folder / "record").write_text("in clear")
        then = time.time() - 86_400
        os.utime(folder, (then, then))
        with scratch_folder(tmp_path):
            assert (folder / "record").exists()


def test_a_place_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Nothing is made on the way to it."""
    with pytest.raises(AffidavitError, match="affidavit-scratch-"), scratch_folder(tmp_path / "no" / "place"):
        pass
    assert list(tmp_path.iterdir()) == []
