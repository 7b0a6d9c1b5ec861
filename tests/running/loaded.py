"""A real server under load, and the account of it: what was acknowledged is there once, and everything verifies."""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
from tests.running.load import Load
from tests.running.server import AFFIDAVIT, Server

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SOURCES = ["okta-a", "okta-b"]
_PATIENCE_S = 60.0


class Loaded:
    """A new data directory, its server, and senders that remember what they were told."""

    def __init__(self, data: Path, *, settings: Mapping[str, str], seed: int) -> None:
        made = self._command("init", "--json", data=data)
        self.data = data
        self.token: str = json.loads(made.stdout)["token"]
        self.server = Server(data, settings=settings)
        headers = {"Authorization": f"Bearer {self.token}"}
        self.http = httpx.Client(base_url=self.server.url, headers=headers, timeout=60, trust_env=False)
        self.load = Load(self.server.url, self.token, sources=SOURCES, seed=seed)

    def start(self) -> None:
        """Server first, then sources, then senders."""
        self.server.start()
        self.server.wait_ready()
        for name in SOURCES:
            self.http.post("/v1/sources", json={"name": name, "type": "okta.system_log"}).raise_for_status()
        self.load.start()

    def until_acknowledged(self, more: int) -> None:
        """Wait for so many further acknowledgements."""
        wanted = len(self.load.acknowledged) + more
        until = time.monotonic() + _PATIENCE_S
        while len(self.load.acknowledged) < wanted:
            assert time.monotonic() < until, f"nothing is acknowledged:\n{self.server.log()[-3000:]}"
            time.sleep(0.05)

    def account(self) -> int:
        """End the load, wait for its last batch to be sealed, and hold all of it; how many records there are."""
        self.load.stop()
        assert self.load.acknowledged
        self._until_sealed(next(reversed(self.load.acknowledged)))
        found = [json.loads(line) for line in self._command("search", "--json").stdout.splitlines()]
        sent = [record for record in found if record["source"] in SOURCES]  # the rest is Affidavit's own
        counts = Counter(json.loads(record["raw"])["uuid"] for record in sent)
        kept = {uuid for uuids in self.load.acknowledged.values() for uuid in uuids}
        assert kept - counts.keys() == set()
        assert [uuid for uuid, count in counts.items() if count > 1] == []
        assert counts.keys() - self.load.sent == set()
        assert self.server.stop() == 0
        report = json.loads(self._command("verify", "--json").stdout)
        assert report["differences"] == []
        assert report["records"] == len(found)
        self._command("fsck")
        return len(found)

    def close(self) -> None:
        """End everything."""
        self.load.stop()
        self.http.close()
        if self.server.pid_alive():
            self.server.kill_all()

    def _until_sealed(self, batch: str) -> None:
        until = time.monotonic() + _PATIENCE_S
        while True:
            with suppress(httpx.HTTPError):  # the api may be starting anew
                if self.http.get(f"/v1/receipts/{batch}").json().get("state") == "sealed":
                    return
            assert time.monotonic() < until, f"{batch} is not sealed:\n{self.server.log()[-3000:]}"
            time.sleep(0.05)

    def _command(self, *words: str, data: Path | None = None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [AFFIDAVIT, *words, "--data", data or self.data], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{words}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done
