"""A real server, a real time-stamping authority, a real witness: stamped while running, rotated under kills."""

from __future__ import annotations

import json
import os
import random
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.running.load import Load
from tests.running.server import AFFIDAVIT, Server
from tests.running.tsa import new_tsa, over_http
from tests.running.witnessed import Deployment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

KILLS = int(os.environ.get("AFFIDAVIT_KILLS", "6"))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300 + 30 * KILLS)]


class Running:
    """A server, its owner's token and the keys from its first day."""

    def __init__(self, data: Path, *, settings: Mapping[str, str]) -> None:
        self.data = data
        self.environment = {**os.environ, **settings}
        made = json.loads(self.command("init", "--json"))
        self.token: str = made["token"]
        self.first_keys = data.with_name("first.vkey")
        self.first_keys.write_text("\n".join(made["verifier_keys"]))
        self.server = Server(data, settings=settings)

    def command(self, *words: str | Path) -> str:
        """A command on the directory, or through its server, that has to work; what it printed."""
        done = subprocess.run(
            [AFFIDAVIT, *words, "--data", self.data],
            capture_output=True, text=True, check=False, env=self.environment,
        )  # fmt: skip
        assert done.returncode == 0, f"{words}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    def ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """The server's answer to its owner."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.request(
            method, self.server.url + path, headers=headers, timeout=60, trust_env=False, **arguments
        )

    def until_rotated(self) -> None:
        """A rotation that was under way when the server was killed is over: carried out or undone."""
        until = time.monotonic() + 30
        while any(self.data.rglob("keys/log.next.key")):
            assert time.monotonic() < until, "the rotation does not end"
            time.sleep(0.05)

    def load(self) -> Load:
        """Senders."""
        self.ask("POST", "/v1/sources", json={"name": "okta", "type": "okta.system_log"})
        return Load(self.server.url, self.token, sources=["okta"], seed=1)

    def verified(self) -> dict[str, Any]:
        """What verify reports, from the first keys on."""
        report: dict[str, Any] = json.loads(self.command("verify", "--json", "--key", self.first_keys))
        return report


@contextmanager
def running(data: Path, **settings: str) -> Iterator[Running]:
    """A server that answers."""
    held = Running(data, settings={"AFFIDAVIT_SEAL_INTERVAL_S": "0.1", **settings})
    held.server.start()
    held.server.wait_ready()
    try:
        yield held
    finally:
        if held.server.pid_alive():
            held.server.kill_all()


def test_checkpoints_are_stamped_while_records_come_in(tmp_path: Path) -> None:
    """Also after the authority was away; what is served verifies with openssl; verify believes the stamps."""
    tsa, root = new_tsa(tmp_path / "tsa")
    (tmp_path / "root.pem").write_bytes(root.pem)
    with over_http(tsa) as (url, behaviour):
        settings = {
            "AFFIDAVIT_TIMESTAMP_URL": url,
            "AFFIDAVIT_TIMESTAMP_ROOTS": str(tmp_path / "root.pem"),
            "AFFIDAVIT_TIMESTAMP_INTERVAL_S": "0.5",
        }
        with running(tmp_path / "data", **settings) as held:
            load = held.load()
            load.start()
            time.sleep(5)
            behaviour.status, behaviour.answer = 500, b""
            time.sleep(3)
            behaviour.status, behaviour.answer = 200, None
            time.sleep(8)
            load.stop()
            time.sleep(2)
            assert held.server.log().count("checkpoints are not stamped") == 1
            assert held.server.log().count("checkpoints are stamped again") == 1
            sizes = held.ask("GET", "/log/checkpoints").json()["sizes"]
            newest = held.ask("GET", "/v1/checkpoint").json()["size"]
            assert sizes[-1] == newest
            for name in (f"{newest}", f"{newest}.tsr"):
                answer = held.ask("GET", f"/log/checkpoints/{name}").raise_for_status()
                (tmp_path / name).write_bytes(answer.content)
            assert answer.headers["content-type"] == "application/timestamp-reply"
            command = [
                "openssl",
                "ts",
                "-verify",
                "-data",
                f"{newest}",
                "-in",
                f"{newest}.tsr",
                "-CAfile",
                "root.pem",
            ]
            subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
            report = held.verified()
            assert report["kept"] == len(sizes)
            assert 5 <= report["stamped"] < len(sizes)
            assert report["stated"] >= 1  # the next statement is made in an hour
            assert held.server.stop() == 0
        assert held.verified()["stamped"] == report["stamped"]


def test_keys_rotate_under_load_and_kills(tmp_path: Path) -> None:
    """Whenever it is killed the log is under the old keys or under the new; it verifies from the first keys on."""
    moments = random.Random(os.environ.get("AFFIDAVIT_KILL_SEED", "rotation"))
    with running(tmp_path / "data") as held:
        load = held.load()
        load.start()
        held.command("keys", "rotate")
        seen = 2
        for _ in range(KILLS):
            asking = threading.Thread(target=_rotate, args=(held,))
            asking.start()
            time.sleep(moments.uniform(0, 0.4))
            held.server.kill_all()
            asking.join()
            held.server.start()
            held.server.wait_ready()
            held.until_rotated()
            sets = held.ask("GET", "/v1/keys").json()
            assert len(sets) in (seen, seen + 1)
            seen = len(sets)
            assert held.ask("GET", "/v1/checkpoint").json()["verifier_keys"] == sets[-1]["verifier_keys"]
        held.command("keys", "rotate")
        load.stop()
        assert load.refused == []
        assert load.acknowledged
        held.verified()
        assert held.server.stop() == 0
        report = held.verified()
        assert report["unsealed"] == 0
        assert report["kept"] >= seen
        assert len(held.command("keys", "list", "--json").splitlines()) == seen + 1


def _rotate(held: Running) -> None:
    with suppress(httpx.HTTPError):
        held.ask("POST", "/v1/keys/rotate", json={})


def test_a_witness_that_is_given_the_new_keys_goes_on(tmp_path: Path) -> None:
    """Until then publication is held, sealing goes on, and /healthz says so."""
    deployment = Deployment(tmp_path)
    deployment.witness.start()
    try:
        deployment.server.start()
        deployment.server.wait_ready()
        deployment.sealed(deployment.send(5))
        rotated = deployment.ask("POST", "/v1/keys/rotate", json={}).raise_for_status().json()
        batch = deployment.send(5)
        deployment.until(lambda: deployment.health()["witness"] == "held", "the new keys are not known yet")
        deployment.witness.add_log(rotated[-1]["verifier_keys"])
        deployment.sealed(batch)
        deployment.keys = rotated[-1]["verifier_keys"]
        deployment.until(lambda: deployment.published().met, "it is cosigned")
        verified = deployment.command("verify", "--json")
        assert json.loads(verified.stdout)["differences"] == []
    finally:
        deployment.stop()
        deployment.witness.stop()
