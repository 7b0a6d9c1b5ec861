"""A real volume fills up under load: new batches are refused, nothing acknowledged is lost, and it goes on after."""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from tests.running.events import okta_lines
from tests.running.loaded import SOURCES, Loaded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

MIB = 1 << 20
VOLUME_MIB = 96
BUSY = {"AFFIDAVIT_KEEPER_INTERVAL_S": "0.5", "AFFIDAVIT_SEAL_INTERVAL_S": "0.1"}
_PATIENCE_S = 60.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of a few MiB."""
    path = tmp_path / "volume"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={VOLUME_MIB}m", "tmpfs", str(path)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root, and not in every container, may mount a small volume")
    yield path
    subprocess.run(["umount", "--lazy", str(path)], check=True)


def _fill(ballast: Path, *, leave_bytes: int) -> None:
    """Take what is free on the volume, but for so much."""
    with ballast.open("ab", buffering=0) as file:
        while (free := _free_bytes(ballast.parent) - leave_bytes) > 0:
            try:
                file.write(bytes(min(MIB, free)))
            except OSError:
                return


def _free_bytes(path: Path) -> int:
    volume = os.statvfs(path)
    return volume.f_bavail * volume.f_frsize


def _refusal(loaded: Loaded) -> httpx.Response:
    """The first answer to a new batch that is none of 200."""
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        body = okta_lines(50)
        loaded.load.sent.update(line.split(b'"')[3].decode() for line in body.splitlines())
        answer = loaded.http.post(f"/v1/ingest/{SOURCES[0]}", content=body)
        if answer.status_code != 200:
            return answer
    raise AssertionError("a full volume takes batches")


@pytest.mark.parametrize("kept_free_mib", [16, 0], ids=["a-reserve-is-kept", "to-the-last-byte"])
def test_a_full_volume_refuses_and_loses_nothing(volume: Path, kept_free_mib: int) -> None:
    """Senders are told 503 and when to come back; once there is space again it goes on without anybody's help."""
    settings = {**BUSY, "AFFIDAVIT_INTAKE_MIN_FREE_BYTES": str(kept_free_mib * MIB)}
    loaded = Loaded(volume / "data", settings=settings, seed=kept_free_mib)
    ballast = volume / "ballast"
    try:
        loaded.start()
        loaded.until_acknowledged(10)
        for _ in range(2):
            _fill(ballast, leave_bytes=kept_free_mib * MIB // 2)
            answer = _refusal(loaded)
            assert answer.status_code == 503, answer.text
            assert int(answer.headers["Retry-After"]) >= 1
            assert answer.json()["code"] in ("volume-full", "storage-full")
            _fill(ballast, leave_bytes=kept_free_mib * MIB // 2)
            time.sleep(3)
            ballast.unlink()
            loaded.until_acknowledged(10)
        assert loaded.load.refused == []
        assert loaded.account() > 0
    finally:
        loaded.close()
