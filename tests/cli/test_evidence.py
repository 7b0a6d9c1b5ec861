"""`affidavit evidence` as a person and a script use it, with a server that takes records meanwhile and without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.running.events import okta_lines
from tests.running.server import Server
from tests.simulators.forger import Forger

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = Path(sys.executable).parent / "affidavit"


def run(*words: str | Path, data: Path | None = None, stdin: bytes = b"") -> Any:
    """The finished command."""
    named = {} if data is None else {"AFFIDAVIT_DATA": str(data)}
    held = {**os.environ, "COLUMNS": "200", "TERM": "dumb", **named}
    return subprocess.run(
        [COMMAND, *words], input=stdin, capture_output=True, env=held, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a few records."""
    path = tmp_path_factory.mktemp("evidence") / "data"
    assert run("init", data=path).returncode == 0
    words = ("import", "--source", "okta-test", "--type", "okta.system_log", "-")
    assert run(*words, data=path, stdin=okta_lines(20)).returncode == 0
    return path


@pytest.fixture(scope="module")
def keys(data: Path) -> list[str]:
    """The log's keys as options."""
    texts = (data / "tenants" / "default" / "keys" / "log.vkey").read_text().split()
    return [word for text in texts for word in ("--key", text)]


@pytest.fixture(scope="module")
def bundle(data: Path) -> Path:
    """A bundle of everything."""
    file = data.parent / "bundle.zip"
    done = run("evidence", "create", "-o", file, "--since", "1d", data=data)
    assert done.returncode == 0, done.stderr
    assert b"20 records" in done.stdout
    return file


def test_a_bundle_verifies_without_the_directory(bundle: Path, keys: list[str]) -> None:
    """Offline: exit code 0, what is proven, what is not."""
    done = run("evidence", "verify", bundle, *keys, data=Path("/nonexistent"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert b"VERIFIED: 20 records" in done.stdout
    assert b"NOT proved:" in done.stdout


def test_the_file_is_private_and_not_overwritten(bundle: Path, data: Path) -> None:
    """It names people; and nothing that is there is lost."""
    assert bundle.stat().st_mode & 0o777 == 0o600
    done = run("evidence", "create", "-o", bundle, data=data)
    assert done.returncode == 2
    assert b"exists already" in done.stderr


def test_a_fault_is_exit_code_3(bundle: Path, keys: list[str], tmp_path: Path) -> None:
    """With the reason, for a person and for a program."""
    forger = Forger(bundle.read_bytes())
    forger.set_records(forger.records()[1:])
    changed = tmp_path / "changed.zip"
    changed.write_bytes(forger.plain())
    done = run("evidence", "verify", changed, *keys, "--json")
    assert done.returncode == 3
    verdict = json.loads(done.stdout)
    assert not verdict["verified"]
    assert {"row-dropped", "member-differs"} <= {fault["code"] for fault in verdict["faults"]}
    assert b"NOT VERIFIED" in run("evidence", "verify", changed, *keys).stdout


@pytest.mark.parametrize(
    "words",
    [
        ["create", "colour:red"],
        ["create", "--since", "yesterday-ish"],
        ["create", "--disclose", "actor", "--withhold", "raw"],
        ["create", "--disclose", "password"],
        ["verify", "no-such-file.zip"],
        ["verify", "BUNDLE", "--key", "nonsense"],
        ["verify", "BUNDLE", "--policy", "BUNDLE"],
        ["verify", "BUNDLE", "--roots", "BUNDLE"],
    ],
)
def test_what_cannot_be_asked_is_exit_code_2(
    bundle: Path, data: Path, tmp_path: Path, words: list[str]
) -> None:
    """The reason is on stderr, stdout stays empty, no file is left."""
    where = [] if words[0] == "verify" else ["-o", str(tmp_path / "new.zip")]
    named = [str(bundle) if word == "BUNDLE" else word for word in words]
    done = run("evidence", *named, *where, data=data)
    assert (done.returncode, done.stdout) == (2, b""), done.stderr
    assert done.stderr
    assert not (tmp_path / "new.zip").exists()


@pytest.fixture
def sending(data: Path, bundle: Path) -> Iterator[threading.Event]:
    """A server on the directory, and somebody who sends to it all the time."""
    token = json.loads(run("tokens", "create", "--scope", "ingest:okta-test", "--json", data=data).stdout)[
        "token"
    ]
    server = Server(data)
    server.start()
    server.wait_ready()
    stop = threading.Event()

    def send() -> None:
        with httpx.Client(
            base_url=server.url, headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False
        ) as http:
            while not stop.is_set():
                http.post("/v1/ingest/okta-test", content=okta_lines(50)).raise_for_status()

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join()
        server.stop()


@pytest.mark.slow
def test_bundles_verify_while_the_log_grows(
    sending: threading.Event, data: Path, keys: list[str], tmp_path: Path
) -> None:
    """Several in a row, each of the log as it was at some moment; every one verifies."""
    sizes = []
    for number in range(3):
        file = tmp_path / f"{number}.zip"
        done = run("evidence", "create", "-o", file, "--json", data=data)
        assert done.returncode == 0, done.stderr
        verdict = run("evidence", "verify", file, *keys, "--json")
        assert verdict.returncode == 0, verdict.stdout
        sizes.append(json.loads(verdict.stdout)["counts"]["matching"])
    assert sizes == sorted(set(sizes))
