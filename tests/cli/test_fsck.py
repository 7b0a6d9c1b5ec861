"""`affidavit fsck`: what is wrong, what was mended, and that it is on record."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from tests.cli.test_commands import run
from tests.running.events import okta_lines
from tests.running.server import Server

if TYPE_CHECKING:
    from pathlib import Path


PATIENCE_S = 60.0


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a few records and a line in quarantine."""
    path = tmp_path / "data"
    assert run("init", data=path).returncode == 0
    words = ("import", "--source", "okta-test", "--type", "okta.system_log", "-")
    assert run(*words, data=path, stdin=okta_lines(20) + b"not json\n").returncode == 0
    return path


def test_a_repair_is_sealed(data: Path) -> None:
    """A problem exits with 3, its repair with 0; each repair is a finding in the log, and all verifies again."""
    log = data / "tenants" / "default" / "log"
    tiles = [path for path in (log / "tile").rglob("*") if path.is_file()]
    (log / "checkpoint").unlink()
    for tile in tiles:
        tile.unlink()
    done = run("fsck", "--json", data=data)
    assert done.returncode == 3
    codes = {problem["code"] for problem in json.loads(done.stdout)["problems"]}
    assert codes >= {"checkpoint-missing", "tile-missing"}
    assert not (log / "checkpoint").exists()

    mended = run("fsck", "--repair", data=data)
    assert mended.returncode == 0, mended.stderr
    assert b"repaired: tile-missing" in mended.stderr
    assert run("verify", data=data).returncode == 0
    found = run("search", "kind:finding action:fsck.repaired", "--json", data=data).stdout.splitlines()
    sealed = [json.loads(json.loads(line)["raw"])["code"] for line in found]
    assert {"checkpoint-missing", "tile-missing"} <= set(sealed)


def test_beside_a_server(data: Path) -> None:
    """While a server runs it can be looked at, and not be repaired."""
    server = Server(data)
    server.start()
    server.wait_ready()
    try:
        looked = run("fsck", "--json", data=data)
        assert looked.returncode == 0, looked.stdout
        assert json.loads(looked.stdout)["live"]
        until = time.monotonic() + PATIENCE_S
        while json.loads(run("verify", "--last", "--json", data=data).stdout)["verified"] is None:
            assert time.monotonic() < until, "the keeper scrubs"
        assert b"Last fully verified: 20 entries" in run("verify", "--last", data=data).stdout
        refused = run("fsck", "--repair", data=data)
        assert refused.returncode == 2
        assert b"serve" in refused.stderr
    finally:
        server.stop()
