"""A data directory whose server publishes with witnesses: real processes on both sides."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any

import httpx
from tests.running.events import okta_lines
from tests.running.server import AFFIDAVIT, Server
from tests.running.witness_server import WitnessServer

from affidavit.formats.tlog.policy import Policy
from affidavit.formats.tlog.signing import verifier_of
from affidavit.formats.tlog.witnessed import Witnessed, open_witnessed

if TYPE_CHECKING:
    from pathlib import Path

_PATIENCE_S = 30.0


class Deployment:
    """A server with a policy of one witness, whose process a test starts and stops."""

    def __init__(self, path: Path, *, on_missing: str = "hold", tls: bool = False) -> None:
        self.data = path / "data"
        made = self.command("init", "--json", check=True)
        said = json.loads(made.stdout)
        self.token: str = said["token"]
        self.keys: list[str] = said["verifier_keys"]
        self.witness = WitnessServer(path / "witness", tls=tls)
        self.witness.add_log(self.keys)
        self.policy_file = path / "policy"
        ed25519, ml_dsa = self.witness.verifier_keys
        self.policy_file.write_text(
            f"witness w-ed {ed25519} {self.witness.url}\n"
            f"witness w-ml {ml_dsa} {self.witness.url}/\n"
            "group w all w-ed w-ml\nquorum w\n"
        )
        (self.data / "affidavit.toml").write_text(
            f'[witness]\npolicy = "../policy"\non_missing = "{on_missing}"\ntimeout_s = 4.0\ninterval_s = 0.1\n'
            + (f'ca = "{self.witness.certificate}"\n' if tls else "")
        )
        self.server = Server(self.data, settings={"AFFIDAVIT_SEAL_INTERVAL_S": "0.05"})

    def command(self, *words: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        """A command on the data directory."""
        return subprocess.run(
            [str(AFFIDAVIT), *words, "--data", str(self.data)], capture_output=True, text=True, check=check
        )

    def ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """The server's answer to its owner."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.request(
            method, self.server.url + path, headers=headers, timeout=30, trust_env=False, **arguments
        )

    def send(self, count: int) -> str:
        """A batch of so many events; its receipt's batch."""
        self.ask("POST", "/v1/sources", json={"name": "okta", "type": "okta.system_log"})
        batch: str = self.ask("POST", "/v1/ingest/okta", content=okta_lines(count)).json()["batch"]
        return batch

    def state(self, batch: str) -> str:
        """What the receipt says."""
        said: str = self.ask("GET", f"/v1/receipts/{batch}").json()["state"]
        return said

    def sealed(self, batch: str) -> None:
        """Until the batch is under a published checkpoint."""
        self.until(lambda: self.state(batch) == "sealed", f"batch {batch} is sealed")

    def found(self, query: str = "source:okta") -> list[dict[str, Any]]:
        """The records that a search finds."""
        records: list[dict[str, Any]] = self.ask("GET", "/v1/search", params={"q": query}).json()["records"]
        return records

    def health(self) -> dict[str, str]:
        """What /healthz says."""
        said: dict[str, str] = self.ask("GET", "/healthz").json()
        return said

    def published(self) -> Witnessed:
        """The checkpoint that anybody gets, held against the policy."""
        note = self.ask("GET", "/log/checkpoint").raise_for_status().content
        policy = Policy.parse(self.policy_file.read_bytes())
        return open_witnessed(note, policy, logs=map(verifier_of, self.keys))

    def until(self, true: Any, what: str) -> None:
        """Wait for it; fails where it does not come."""
        until = time.monotonic() + _PATIENCE_S
        while not true():
            assert time.monotonic() < until, (
                f"not within {_PATIENCE_S} s: {what}\n{self.server.log()[-3000:]}"
            )
            time.sleep(0.05)

    def copy(self, to: str) -> Path:
        """The data directory as it is now, beside it: what a backup has."""
        copy = self.data.with_name(to)
        shutil.copytree(self.data, copy)
        return copy

    def replace(self, by: Path) -> None:
        """Put such a copy back in its place."""
        shutil.rmtree(self.data)
        shutil.copytree(by, self.data)

    def stop(self) -> None:
        """End everything."""
        if self.server.pid_alive():
            self.server.stop()
