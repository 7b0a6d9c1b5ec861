"""The machine's own OpenSSH server, asked to say what it can say: every line must map, and pass as OCSF."""

from __future__ import annotations

import getpass
import importlib.util
import os
import shutil
import socket
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from affidavit.formats.record.parts import merge, split
from affidavit.sources.linux.kind import KIND

if TYPE_CHECKING:
    from collections.abc import Callable

SSHD = Path("/usr/sbin/sshd")
CHECKER = Path(__file__).parents[2].parent / "shared" / "ocsf" / "check.py"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SSHD.exists(), reason="openssh-server is not installed"),
    pytest.mark.skipif(shutil.which("ssh") is None, reason="openssh-client is not installed"),
]

EXPECTED = {
    *("listening", "connection-open", "accepted-publickey", "failed-publickey", "invalid-user"),
    *("failed-password", "disconnected", "disconnect-received", "connection-closed", "connection-reset"),
    *("no-common-algorithm", "identification-exchange", "banner-exchange", "session-starting"),
    *("max-auth-tries", "too-many-failures", "terminating", "user-not-allowed"),
}
"""What 9.2p1 says to the visits below at LogLevel VERBOSE; other releases were not tried."""


class Server:
    """An sshd of its own, with keys, configuration and log in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "sshd.log"
        for name in ("host", "mine", "stranger", *(f"other{n}" for n in range(4))):
            _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
        (folder / "authorized").write_bytes((folder / "mine.pub").read_bytes())
        (folder / "askpass").write_text("#!/bin/sh\necho wrong\n")
        (folder / "askpass").chmod(0o700)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        (folder / "config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile {folder}/pid\n"
            f"AuthorizedKeysFile {folder}/authorized\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n"
            "LogLevel VERBOSE\nMaxAuthTries 3\nPasswordAuthentication yes\nDenyUsers nobody\n"
        )
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # what the service's start script does
        self._process = subprocess.Popen(
            [str(SSHD), "-D", "-f", str(folder / "config"), "-E", str(self.log)], stdin=subprocess.DEVNULL
        )
        _until(self._listens)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        """As its service is stopped."""
        self._process.terminate()
        self._process.wait(20)

    def ssh(self, user: str, *options: str, keys: tuple[str, ...] = (), command: str = "true") -> None:
        """One visit by the real client; it may well be refused."""
        arguments = ["ssh", "-F", "none", "-p", str(self.port), "-l", user]
        for option in (
            *(
                "StrictHostKeyChecking=no",
                "UserKnownHostsFile=/dev/null",
                "IdentitiesOnly=yes",
                "LogLevel=ERROR",
            ),
            *("IdentityAgent=none", f"PubkeyAuthentication={'yes' if keys else 'no'}", *options),
        ):
            arguments += ["-o", option]
        for key in keys:
            arguments += ["-i", str(self.folder / key)]
        subprocess.run(
            [*arguments, "127.0.0.1", command],
            env=os.environ | {"SSH_ASKPASS": str(self.folder / "askpass"), "SSH_ASKPASS_REQUIRE": "force"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )

    def send(self, *said: bytes, reset: bool = False) -> None:
        """One visit by something that is no ssh client."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as visitor:
            for piece in said:
                visitor.sendall(piece)
            visitor.recv(64)
            time.sleep(0.3)
            if reset:
                visitor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    pytest.fail("sshd did not start")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The lines that sshd wrote."""
    server = Server(tmp_path_factory.mktemp("sshd"))
    me = getpass.getuser()
    try:
        server.ssh(me, keys=("mine",))
        server.ssh(me, "RequestTTY=force", keys=("mine",), command="exit 3")
        server.ssh(me, "BatchMode=yes", keys=("stranger",))
        server.ssh(me, "BatchMode=yes", keys=("other0", "other1", "other2", "other3"))
        server.ssh("no-such-user", "NumberOfPasswordPrompts=2")
        server.ssh("admin from 192.0.2.1 port 22 ssh2", "NumberOfPasswordPrompts=1")
        server.ssh("nobody", "NumberOfPasswordPrompts=1")
        server.ssh(me, "Ciphers=3des-cbc", keys=("mine",))
        server.send(b"GET / HTTP/1.1\r\n\r\n")
        server.send(b"SSH-2.0-visitor\r\n", reset=True)
        server.send(b"SSH-2.0-visitor\r\n", b"no packet of the protocol at all\r\n")
        server.send()
    finally:
        server.stop()
    return [line for line in server.log.read_text().splitlines() if line.strip()]


def _events(said: list[str]) -> list[dict[str, Any]]:
    """Mapped as syslog would have carried them: the server's own log file has no header."""
    now_us = time.time_ns() // 1000
    head = time.strftime("%b %e %H:%M:%S", time.gmtime())
    events = []
    for line in said:
        raw = f"{head} bastion sshd[4711]: {line}".encode()
        event = merge(split(KIND.map(raw, now_us), raw))
        events.append({name: msgspec.json.decode(value) for name, value in event.items()})
    return events


def test_every_line_is_recognised(said: list[str]) -> None:
    """At least 98 of 100 belong to a family, and all the expected ones are there."""
    events = _events(said)
    codes = Counter(event["metadata"]["event_code"] for event in events)
    unrecognised = [
        line
        for line, event in zip(said, events, strict=True)
        if event["metadata"]["event_code"] in ("sshd-other", "sshd-error", "connection-error")
    ]
    assert len(unrecognised) <= 0.02 * len(said), unrecognised
    assert codes.keys() >= EXPECTED, EXPECTED - codes.keys()


def test_nobody_forges_an_address(said: list[str]) -> None:
    """A user name that looks like an address is still a name."""
    forged = [event for line, event in zip(said, _events(said), strict=True) if "admin from" in line]
    assert forged
    for event in forged:
        assert event["src_endpoint"]["ip"] == "127.0.0.1"
        assert event["actor"]["user"]["name"] == "admin from 192.0.2.1 port 22 ssh2"


@pytest.mark.skipif(not CHECKER.exists(), reason="the OCSF checker lies beside the repository, not in it")
def test_every_event_is_valid_ocsf(said: list[str]) -> None:
    """Required attributes, constraints, enumerations and types of OCSF 1.8.0."""
    spec = importlib.util.spec_from_file_location("ocsf_check", CHECKER)
    assert spec is not None
    assert spec.loader is not None
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    for line, event in zip(said, _events(said), strict=True):
        assert check.faults(event) == [], line
