"""Verifiers that share no code with this one accept the served log, and refuse what was altered."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import httpx
import pytest
from tests.running.served_log import FIRST, INDEX, SECOND, Served, mirror, run, static

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


class Said(NamedTuple):
    """What a verifier concluded."""

    accepted: bool
    output: str


WholeLog = Callable[[Served, str], Said]
"""Verifies everything that is served below a URL."""


@pytest.fixture(params=["tlogverify", "fsck"])
def whole_log(request: pytest.FixtureRequest) -> WholeLog:
    """What checks every entry and every tile of the log below a URL."""
    program: Path = request.getfixturevalue(request.param)

    def tlogverify(served: Served, url: str) -> Said:
        done = run(program, "-key", served.keys, "log", url, served.earlier)
        return Said(done.returncode == 0, done.stdout + done.stderr)

    def fsck(served: Served, url: str) -> Said:
        # fsck 1.0.4 ends with 0 whatever it finds, and with fewer workers than the log has tiles it never ends
        # once one of them has found a difference.
        where = (f"--storage_url={url}/", f"--public_key={served.ed25519}")
        done = run(program, "-N=16", "--ui=false", *where)
        return Said("Successfully fsck'd" in done.stderr, done.stderr)

    return tlogverify if request.param == "tlogverify" else fsck


def test_the_log_as_it_is_served_verifies(served: Served, whole_log: WholeLog) -> None:
    """Signature, root, every tile and every entry, over HTTP."""
    said = whole_log(served, served.url)
    assert said.accepted, said.output
    assert str(FIRST + SECOND) in said.output


@pytest.fixture(scope="module")
def copy(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that is served, as files."""
    folder = tmp_path_factory.mktemp("copy")
    mirror(served, folder)
    return folder


def test_a_copy_of_the_log_in_files_verifies(served: Served, copy: Path, whole_log: WholeLog) -> None:
    """A mirror needs nothing of this program."""
    with static(copy) as url:
        said = whole_log(served, url)
    assert said.accepted, said.output


ALTERED = {
    "edited-entry": "tile/entries/001",
    "edited-entry-of-a-partial-bundle": "tile/entries/002.p/200",
    "edited-tile": "tile/0/001",
    "edited-partial-tile": "tile/0/002.p/200",
    "edited-tile-of-level-1": "tile/1/000.p/2",
    "edited-checkpoint": "checkpoint",
}


@pytest.mark.parametrize("attack", ALTERED)
def test_one_flipped_bit_is_refused(
    served: Served, copy: Path, tmp_path: Path, whole_log: WholeLog, attack: str
) -> None:
    """In an entry, a tile of any level or the checkpoint; verifiers agree about what is wrong, too."""
    altered = tmp_path / "log"
    shutil.copytree(copy, altered)
    file = altered / ALTERED[attack]
    data = bytearray(file.read_bytes())
    data[40] ^= 1
    file.write_bytes(data)
    with static(altered) as url:
        assert not whole_log(served, url).accepted


@pytest.mark.parametrize("attack", ["tile/entries/001", "tile/0/001", "tile/1/000.p/2", "checkpoint"])
def test_a_removed_file_is_refused(
    served: Served, copy: Path, tmp_path: Path, whole_log: WholeLog, attack: str
) -> None:
    """A bundle, a tile of any level or the checkpoint that is not there."""
    altered = tmp_path / "log"
    shutil.copytree(copy, altered)
    (altered / attack).unlink()
    with static(altered) as url:
        assert not whole_log(served, url).accepted


def test_go_reads_every_kept_checkpoint(served: Served, tlogverify: Path, tmp_path: Path) -> None:
    """Each is cosigned, and the log extends each; one of another log is refused."""
    sizes = httpx.get(f"{served.url}/checkpoints", trust_env=False).json()["sizes"]
    assert sizes[0] == FIRST
    for size in sizes:
        kept = httpx.get(f"{served.url}/checkpoints/{size}", trust_env=False).raise_for_status()
        (tmp_path / str(size)).write_bytes(kept.content)
    command = (tlogverify, "-key", served.keys, "-witness", served.witness, "log", served.url)
    done = run(*command, *(tmp_path / str(size) for size in sizes))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("extends") == len(sizes)


def test_aics_tlog_reads_the_served_tiles(served: Served, aics_tlog: Path) -> None:
    """Checkpoint, the inclusion of an entry, and growth since an earlier checkpoint; another entry is refused."""
    common = ("--vkey-file", served.ed25519, "--tiles", served.url)
    for words in (
        ("verify-checkpoint",),
        ("verify-inclusion", "--leaf", served.entry, "--index", str(INDEX)),
        ("verify-consistency", "--old-checkpoint", served.earlier),
    ):
        done = run(aics_tlog, *words, *common)
        assert done.returncode == 0, done.stdout + done.stderr
    wrong = run(aics_tlog, "verify-inclusion", "--leaf", served.entry, "--index", str(INDEX + 1), *common)
    assert wrong.returncode != 0
