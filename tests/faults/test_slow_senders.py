"""Senders that stop in the midst of a body cost nobody else anything but the memory of what they have sent."""

from __future__ import annotations

import json
import socket
import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.running.server import AFFIDAVIT, Server

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SENDERS = 8
LINE = b'{"a": "' + b"x" * 1000 + b'"}\n'
SENT = LINE * 9000
"""More than is read before the mapping begins."""


def test_readers_and_other_senders_are_answered_meanwhile(tmp_path: Path) -> None:
    """However many there are that do not go on."""
    made = json.loads(
        subprocess.run(
            [AFFIDAVIT, "init", "--json", "--data", tmp_path / "data"], capture_output=True, check=True
        ).stdout
    )
    server = Server(tmp_path / "data")
    headers = {"Authorization": f"Bearer {made['token']}"}
    server.start()
    try:
        server.wait_ready()
        with httpx.Client(base_url=server.url, headers=headers, timeout=30, trust_env=False) as client:
            source = {"name": "okta", "type": "okta.system_log"}
            client.post("/v1/sources", json=source).raise_for_status()
            with ExitStack() as stack:
                for _ in range(SENDERS):
                    sender = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
                    sender.sendall(
                        b"POST /v1/ingest/okta HTTP/1.1\r\nHost: localhost\r\n"
                        b"Authorization: Bearer %b\r\nContent-Length: %d\r\n\r\n"
                        % (made["token"].encode(), 2 * len(SENT))
                    )
                    sender.sendall(SENT)
                assert client.get("/v1/search").raise_for_status().json()["next"] is None
                receipt = client.post("/v1/ingest/okta", content=LINE).raise_for_status().json()
                assert receipt["quarantined"] == 1
        assert server.stop() == 0
    finally:
        server.kill_all()
