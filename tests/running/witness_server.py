"""A real `affidavit witness serve` in a process of its own, with a directory of its own."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import time
from contextlib import suppress
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.running.server import AFFIDAVIT, free_port
from tests.running.tsa import issue

if TYPE_CHECKING:
    from pathlib import Path

_PATIENCE_S = 60.0
_DIES = """
import os, signal, sys
from affidavit.storage.local import LocalStore
put_many = LocalStore.put_many
def dying(self, items):
    items = list(items)
    put_many(self, items)
    if any(name.startswith("cosigned/") for name, _ in items):
        os.kill(os.getpid(), signal.SIGKILL)
LocalStore.put_many = dying
from affidavit.cli.main import main
main()
"""
"""A witness whose process is killed between persisting a checkpoint and answering."""


class WitnessServer:
    """A witness over as many lives as a test wants."""

    def __init__(self, data: Path, *, name: str = "witness.example/w1", tls: bool = False) -> None:
        """`tls`: it speaks HTTPS with a certificate for its address, in the file `certificate`."""
        self.data = data
        self.port = free_port()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.certificate = data.with_name(f"{data.name}.pem")
        self._tls = _issue(self.certificate) if tls else []
        made = self.run("init", "--name", name, "--json")
        self.verifier_keys: list[str] = json.loads(made)["verifier_keys"]
        self._process: subprocess.Popen[bytes] | None = None
        self._log = data.with_name(f"{data.name}.log")

    def run(self, verb: str, *words: str) -> str:
        """A command on its directory that has to work; what it printed."""
        command = [str(AFFIDAVIT), "witness", verb, *words, "--data", str(self.data)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def add_log(self, keys: list[str]) -> None:
        """Have it cosign for a log."""
        self.run("add-log", *keys)

    def start(self, *, dies: bool = False) -> None:
        """Begin a life, until it answers; one that `dies` is killed right after it persisted a checkpoint."""
        listen = f"127.0.0.1:{self.port}"
        program = [sys.executable, "-c", _DIES] if dies else [str(AFFIDAVIT)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*program, "witness", "serve", "--data", str(self.data), "--listen", listen, *self._tls],
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(httpx.HTTPError):
                if httpx.get(
                    f"{self.url}/healthz", timeout=5, trust_env=False, verify=self._trust()
                ).is_success:
                    return
            time.sleep(0.02)
        raise AssertionError(f"the witness does not answer:\n{self._log.read_text()[-4000:]}")

    def add_checkpoint(self, body: bytes) -> httpx.Response:
        """The answer to a request."""
        url = f"{self.url}/add-checkpoint"
        return httpx.post(url, content=body, timeout=30, trust_env=False, verify=self._trust())

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate) if self._tls else None)

    def stop(self) -> int:
        """SIGTERM; the exit code. SIGKILL where it does not end."""
        assert self._process is not None
        if self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        assert self._process is not None
        try:
            return self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise


def _issue(certificate: Path) -> list[str]:
    """A certificate for the address in that file and its key beside it; the options that name them."""
    names = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    issued = issue(
        "localhost", extensions=[(x509.BasicConstraints(ca=True, path_length=0), True), (names, False)]
    )
    certificate.write_bytes(issued.pem)
    key = certificate.with_suffix(".key")
    key.write_bytes(issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return ["--tls-certificate", str(certificate), "--tls-key", str(key)]
