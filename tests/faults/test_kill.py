"""kill -9 at any moment, under load, again and again: nothing acknowledged is lost, and nothing is doubled."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.running.load import Load
from tests.running.server import AFFIDAVIT, ROLES, Server, alive
from tests.running.witness import Witness

if TYPE_CHECKING:
    from collections.abc import Iterator

KILLS = int(os.environ.get("AFFIDAVIT_KILLS", "10"))
SOURCES = ["okta-a", "okta-b", "okta-c"]
BUSY = {
    "AFFIDAVIT_KEEPER_INTERVAL_S": "0.3",
    "AFFIDAVIT_KEEPER_COMPACT_FILES": "4",
    "AFFIDAVIT_KEEPER_ORPHAN_AGE_S": "5",
    "AFFIDAVIT_SEAL_INTERVAL_S": "0.1",
}
"""Upkeep without rest, so that kills meet it too."""
RECOVERY_S = 15.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120 + 20 * KILLS)]


class Deployment:
    """A data directory, its server, and its owner's token."""

    def __init__(self, data: Path) -> None:
        made = subprocess.run(
            [AFFIDAVIT, "init", "--data", data, "--json"], check=True, capture_output=True, text=True
        )
        said = json.loads(made.stdout)
        self.token: str = said["token"]
        self.verifier_keys: list[str] = said["verifier_keys"]
        self.server = Server(data, settings=BUSY)
        self.http = httpx.Client(
            base_url=self.server.url,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=60,
            trust_env=False,
        )

    def declare(self) -> None:
        """The sources of the load."""
        for name in SOURCES:
            self.http.post("/v1/sources", json={"name": name, "type": "okta.system_log"}).raise_for_status()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command on the data directory."""
        return subprocess.run(
            [AFFIDAVIT, *arguments, "--data", self.server.data],
            capture_output=True,
            text=True,
            check=False,
        )

    def verified(self) -> dict[str, object]:
        """The report of `affidavit verify`, in which nothing may differ."""
        done = self.run("verify", "--json")
        report: dict[str, object] = json.loads(done.stdout)
        assert report["differences"] == []
        assert done.returncode == 0
        return report

    def check_soundness(self) -> None:
        """What `affidavit fsck` finds is nothing but what the next start removes."""
        done = self.run("fsck", "--json")
        assert done.returncode == 0, done.stdout


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    """A server that answers, with nothing in it yet."""
    deployed = Deployment(tmp_path / "data")
    deployed.server.start()
    deployed.server.wait_ready()
    deployed.declare()
    yield deployed
    deployed.http.close()
    if deployed.server.pid_alive():
        deployed.server.kill_all()


def test_what_was_acknowledged_survives_any_kill_once(deployment: Deployment) -> None:
    """After every kill a restart goes on: acknowledged once and only once, sealed, ordered, never contradicted."""
    seed = int(os.environ.get("AFFIDAVIT_KILL_SEED", random.randrange(1 << 32)))
    print(f"AFFIDAVIT_KILL_SEED={seed}")  # noqa: T201 - shown where the test fails
    moments = random.Random(seed)
    server = deployment.server
    load = Load(server.url, deployment.token, sources=SOURCES, seed=seed)
    witness = Witness(server.url, deployment.verifier_keys)
    load.start()
    witness.start()
    for _ in range(KILLS):
        _kill(server, moments)
    if not server.pid_alive():
        server.start()
    server.wait_ready()
    time.sleep(0.5)
    deployment.check_soundness()  # also in the midst of everything
    load.stop()
    witness.stop()
    assert load.refused == []
    assert load.acknowledged

    last_batch = next(reversed(load.acknowledged))
    _await_sealed(deployment, last_batch)
    newest = witness.hold(deployment.http)
    found = _found(deployment)
    sent = [record for record in found if record["source"] in SOURCES]  # the rest is Affidavit's own
    counts = Counter(json.loads(record["raw"])["uuid"] for record in sent)
    kept = {uuid for uuids in load.acknowledged.values() for uuid in uuids}
    assert kept - counts.keys() == set()
    assert [uuid for uuid, count in counts.items() if count > 1] == []
    assert counts.keys() - load.sent == set()
    indexes = {json.loads(record["raw"])["uuid"]: record["index"] for record in sent}
    assert sorted(record["index"] for record in found) == list(range(newest.size))
    for batch in moments.sample(sorted(load.acknowledged), min(50, len(load.acknowledged))):
        receipt = deployment.http.get(f"/v1/receipts/{batch}").raise_for_status().json()
        held = [indexes[uuid] for uuid in load.acknowledged[batch]]
        assert held == list(range(receipt["first_index"], receipt["last_index"] + 1))

    report = deployment.verified()
    deployment.check_soundness()
    assert server.stop() == 0
    deployment.check_soundness()
    after = deployment.verified()
    assert after["records"] == report["records"] == newest.size
    assert after["unsealed"] == 0


def test_what_a_killed_server_left_beside_its_data_is_removed(deployment: Deployment) -> None:
    """The folder for its socket goes with the next start, and with the server where that ends in order."""
    server = deployment.server
    record = server.data / "run" / "sockets"
    left = Path(record.read_text())
    server.kill_all()
    assert left.is_dir()
    server.start()
    server.wait_ready()
    assert not left.exists()
    folder = Path(record.read_text())
    assert folder.is_dir()
    assert server.stop() == 0
    assert not folder.exists()


def _kill(server: Server, moments: random.Random) -> None:
    """One kill of one kind at one moment; where it was not the end of the server, it has recovered after."""
    if not server.pid_alive():
        server.start()
        if moments.random() < 0.3:  # while it starts
            time.sleep(moments.uniform(0, 5))
            server.kill_all()
            return
        server.wait_ready()
    time.sleep(moments.uniform(0, 1.5))
    kind = moments.choice(("all", "all", "one", "supervisor"))
    if kind == "all":
        server.kill_all()
    elif kind == "supervisor":
        orphans = server.kill_supervisor()
        _await_gone(orphans)
    else:
        children = server.children()
        if children:
            with suppress(ProcessLookupError):
                os.kill(moments.choice(children), signal.SIGKILL)
        time.sleep(moments.uniform(0, 1.5))
        if moments.random() < 0.5:  # and once more while it recovers
            server.kill_all()
        else:
            server.wait_ready()


def _await_gone(processes: list[int]) -> None:
    until = time.monotonic() + RECOVERY_S
    while any(map(alive, processes)):
        assert time.monotonic() < until, "processes outlive their supervisor"
        time.sleep(0.02)


def _await_sealed(deployment: Deployment, batch: str) -> None:
    until = time.monotonic() + RECOVERY_S
    while True:
        # The api starts anew together with the sealer, so it may be away after it took the batch.
        with suppress(httpx.HTTPError):
            if deployment.http.get(f"/v1/receipts/{batch}").json().get("state") == "sealed":
                return
        assert time.monotonic() < until, f"batch {batch} is not sealed"
        time.sleep(0.05)


def _found(deployment: Deployment) -> list[dict[str, Any]]:
    """Every record that search knows."""
    done = deployment.run("search", "--json")
    assert done.returncode == 0, done.stderr
    return list(map(json.loads, done.stdout.splitlines()))


@pytest.mark.parametrize("role", ROLES)
def test_a_process_that_dies_is_there_again_within_seconds(deployment: Deployment, role: str) -> None:
    """Whichever process is killed, the server takes batches, seals them and finds them again by itself."""
    server, http = deployment.server, deployment.http
    before = server.children()
    assert len(before) == len(ROLES)
    os.kill(before[ROLES.index(role)], signal.SIGKILL)
    _await_gone([before[ROLES.index(role)]])
    until = time.monotonic() + RECOVERY_S
    batch = None
    while batch is None:
        assert time.monotonic() < until, server.log()
        with suppress(httpx.HTTPError):
            answer = http.post("/v1/ingest/okta-a", content=b'{"eventType":"user.session.start"}')
            batch = answer.json()["batch"] if answer.status_code == 200 else None
        time.sleep(0.05)
    _await_sealed(deployment, batch)
    while len(server.children()) < len(ROLES):
        assert time.monotonic() < until, server.log()
        time.sleep(0.05)
    while http.get("/v1/search").status_code != 200:
        assert time.monotonic() < until, server.log()
        time.sleep(0.05)
    assert len(http.get("/v1/search").json()["records"]) >= 1
    assert server.stop() == 0
    assert deployment.verified()["unsealed"] == 0


def test_no_process_outlives_its_supervisor(deployment: Deployment) -> None:
    """Kill -9 of the supervisor ends the others too, and the data directory is free for the next start."""
    server = deployment.server
    answer = deployment.http.post("/v1/ingest/okta-a", content=b'{"eventType":"user.session.start"}')
    assert answer.status_code == 200
    orphans = server.kill_supervisor()
    assert orphans
    _await_gone(orphans)
    assert len(deployment.run("search", "--json").stdout.splitlines()) == 1
    server.start()
    server.wait_ready()
    assert len(deployment.http.get("/v1/search").json()["records"]) == 1
