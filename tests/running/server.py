"""A real `affidavit serve` in processes of its own, to talk to, to kill, and to start again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping

AFFIDAVIT = Path(sys.executable).with_name("affidavit")
ROLES = ("api", "sealer", "query", "keeper")
"""The processes of a server in the order in which it starts them."""
_PATIENCE_S = 60.0


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Server:
    """`affidavit serve` on a data directory and one port, over as many lives as a test wants."""

    def __init__(self, data: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {**os.environ, **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._log = data.with_name(f"{data.name}.log")

    def start(self) -> None:
        """Begin a life; does not wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [AFFIDAVIT, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}"],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_ready(self) -> None:
        """Until it answers; fails with what it logged where it does not."""
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until and self.pid_alive():
            with suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/healthz", timeout=5, trust_env=False).status_code == 200:
                    return
            time.sleep(0.02)
        raise AssertionError(f"the server does not answer:\n{self.log()[-4000:]}")

    def log(self) -> str:
        """Everything that it wrote on stderr."""
        return self._log.read_text(errors="replace")

    @property
    def pid(self) -> int:
        """Of the process that supervises the others."""
        assert self._process is not None
        return self._process.pid

    def pid_alive(self) -> bool:
        """Whether the supervising process runs."""
        return self._process is not None and self._process.poll() is None

    def children(self) -> list[int]:
        """The processes below it, the oldest first."""
        with suppress(OSError):
            return sorted(map(int, Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()))
        return []

    def kill_all(self) -> None:
        """SIGKILL for all of its processes at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.wait()

    def kill_supervisor(self) -> list[int]:
        """SIGKILL for the supervising process only; the processes that it leaves behind."""
        orphans = self.children()
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.wait()
        return orphans

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        if self.pid_alive():
            os.kill(self.pid, signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Until it has ended by itself or by a signal; the exit code."""
        assert self._process is not None
        try:
            return self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            raise AssertionError(f"the server does not end:\n{self.log()[-4000:]}") from None


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended but was not waited for does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
