"""`affidavit drill`: evidence that tampering is found, made beside a running server."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from tests.cli.test_commands import run
from tests.running.events import okta_lines
from tests.running.server import Server

from affidavit.attacks.catalogue import CATALOGUE

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_S = 20.0


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a few records."""
    path = tmp_path / "data"
    assert run("init", data=path).returncode == 0
    words = ("import", "--source", "okta-test", "--type", "okta.system_log", "-")
    assert run(*words, data=path, stdin=okta_lines(20)).returncode == 0
    return path


def test_a_drill_beside_a_server(data: Path, tmp_path: Path) -> None:
    """Every attack is tried and found, nothing of the copies is left, and the result is sealed as a finding."""
    server = Server(data)
    server.start()
    server.wait_ready()
    scratch, out = tmp_path / "scratch", tmp_path / "drill.json"
    scratch.mkdir()
    try:
        done = run("drill", "--json", "--scratch", scratch, "-o", out, data=data)
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert said == json.loads(out.read_text())
        assert {trial["attack"] for trial in said["trials"]} >= {attack.name for attack in CATALOGUE}
        assert all(trial["detected"] for trial in said["trials"])
        assert list(scratch.iterdir()) == []
        until = time.monotonic() + PATIENCE_S
        while not (found := run("search", "kind:finding", "--json", data=data).stdout):
            assert time.monotonic() < until
            time.sleep(0.1)
    finally:
        server.stop()
    sealed = json.loads(found)
    assert sealed["event"]["class_uid"] == 2003
    assert sealed["event"]["compliance"]["status"] == "Pass"
    assert json.loads(sealed["raw"]) == said
    assert run("verify", data=data).returncode == 0


def test_there_must_be_something_to_attack(tmp_path: Path) -> None:
    """Without records there is nothing to try, which is said and is no success."""
    run("init", data=tmp_path / "data")
    done = run("drill", data=tmp_path / "data")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"different sealed records" in done.stderr
