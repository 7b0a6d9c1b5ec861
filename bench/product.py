"""The product under measurement: a data directory and a server on it, used by its commands alone."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.client import BenchError, Client
from bench.events import SOURCE_TYPE
from bench.resources import Sampler

ROOT = Path(__file__).parent.parent
SOURCE = "okta-bench"
_COMMAND = Path(sys.executable).parent / "affidavit"
_READY_S = 60.0
_STOP_S = 120.0
_SETTLED_SHARE = 0.001
_SAMPLE_S = 0.25


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def environment() -> dict[str, str]:
    """This process's, without any setting of the product."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AFFIDAVIT_")}
    return kept | {"NO_COLOR": "1"}


class Product:
    """One installation in a directory of its own: a fresh one, or what an earlier run left there."""

    def __init__(self, home: Path) -> None:
        fresh = not home.exists()
        home.mkdir(parents=True, exist_ok=True)
        self.data = home / "data"
        self._log = home / "serve.log"
        self._server: subprocess.Popen[bytes] | None = None
        self.url = ""
        self.token = ""
        try:
            if fresh:
                self._install()
            self._authorise()
        except BenchError:
            if fresh:
                shutil.rmtree(home)
            raise

    def _install(self) -> None:
        self.command("init")
        self.command("sources", "add", SOURCE, "--type", SOURCE_TYPE)

    def _authorise(self) -> None:
        scopes = ("--scope", f"ingest:{SOURCE}", "--scope", "read")
        self.token = str(json.loads(self.command("tokens", "create", *scopes, "--json"))["token"])

    def command(self, *arguments: str) -> str:
        """What `affidavit …` prints; BenchError where it fails."""
        return self.watched(*arguments)[0]

    def watched(self, *arguments: str) -> tuple[str, dict[str, Any]]:
        """As `command`, and what its processes held and used meanwhile (bench/resources.py)."""
        words = [str(_COMMAND), *arguments, "--data", str(self.data)]
        with subprocess.Popen(  # noqa: S603 -- our own command
            words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as running:
            sampler = Sampler(running.pid, every_s=_SAMPLE_S).start()
            printed, told = running.communicate()
            used = sampler.stop()
        if running.returncode:
            raise BenchError(f"affidavit {' '.join(arguments)}: exit {running.returncode}: {told[-2000:]}")
        return printed, used

    @property
    def pid(self) -> int:
        """The serve process, of which all others are children."""
        assert self._server is not None, "start() comes first"  # noqa: S101 -- a mistake of the caller
        return self._server.pid

    @property
    def running(self) -> bool:
        """Whether the server was started and not stopped."""
        return self._server is not None

    def start(self) -> Product:
        """Serve on a free port and wait until it is ready; does nothing where it already serves."""
        if self._server is not None:
            return self
        address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{address}"
        words = [str(_COMMAND), "serve", "--data", str(self.data), "--listen", address]
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(words, env=environment(), stdout=log, stderr=log)  # noqa: S603 -- our own command
        deadline_s = time.monotonic() + _READY_S
        while not self._ready(address):
            if self._server.poll() is not None or time.monotonic() > deadline_s:
                tail = self._log.read_text(errors="replace")[-2000:]
                self.stop()
                raise BenchError(f"the server did not become ready; its log ends:\n{tail}")
            time.sleep(0.1)
        return self

    @staticmethod
    def _ready(address: str) -> bool:
        connection = http.client.HTTPConnection(address, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.client.OK
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        """End the server as an operator would, and wait for it."""
        server, self._server = self._server, None
        if server is None:
            return
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
            raise BenchError(f"the server did not stop within {_STOP_S:.0f} s of SIGTERM") from None

    def client(self) -> Client:
        """A connection to the server."""
        return Client(self.url, token=self.token)

    def size(self) -> int:
        """How many records the published checkpoint covers."""
        client = self.client()
        try:
            return int(client.text("/log/checkpoint").splitlines()[1])
        finally:
            client.close()

    def load(self, **options: str | float | bool | None) -> dict[str, Any]:
        """Run the load generator to its end; `until_sealed=True` is its option `--until-sealed`."""
        return finish(self.start_load(**options))

    def start_load(self, **options: str | float | bool | None) -> subprocess.Popen[str]:
        """Start the load generator in a process of its own; `finish` waits for it."""
        words = [sys.executable, "-P", "-m", "bench.load", "--url", self.url, "--source", SOURCE]
        for name, value in options.items():
            flag = "--" + name.replace("_", "-")
            if value is True:
                words.append(flag)
            elif value is not None and value is not False:
                words += [flag, str(value)]
        given = environment() | {"PYTHONPATH": str(ROOT), "BENCH_TOKEN": self.token}
        return subprocess.Popen(words, env=given, stdout=subprocess.PIPE, text=True)  # noqa: S603 -- our own module

    def stored(self) -> tuple[dict[str, int], int]:
        """(bytes on disk by the parts of the data directory, sum of the files' lengths)."""
        parts: dict[str, int] = {}
        length = 0
        for folder, _, names in os.walk(self.data):
            for name in names:
                path = Path(folder) / name
                try:
                    status = path.lstat()
                except FileNotFoundError:  # compaction may remove a file while we walk
                    continue
                part = path.relative_to(self.data).parts[0]
                parts[part] = parts.get(part, 0) + status.st_blocks * 512
                length += status.st_size
        return dict(sorted(parts.items())), length

    def settle(self, *, quiet_s: float, at_most_s: float) -> bool:
        """Wait until the directory has not changed its size for `quiet_s`; False where it never rests."""
        deadline_s = time.monotonic() + at_most_s
        last, since_s = -1, time.monotonic()
        while time.monotonic() < deadline_s:
            total = sum(self.stored()[0].values())
            if abs(total - last) > _SETTLED_SHARE * max(total, 1):
                last, since_s = total, time.monotonic()
            elif time.monotonic() - since_s >= quiet_s:
                return True
            time.sleep(1)
        return False

    def remove(self) -> None:
        """Stop, and delete everything."""
        self.stop()
        shutil.rmtree(self.data.parent)


def finish(load: subprocess.Popen[str]) -> dict[str, Any]:
    """What the load generator measured; BenchError where it failed."""
    printed, _ = load.communicate()
    if load.returncode:
        raise BenchError(f"the load generator failed with exit {load.returncode}")
    result: dict[str, Any] = json.loads(printed)
    return result
