"""Witnesses behind HTTP inside this process: the real decision, and every way of not answering well."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx

from affidavit.core.clock import SystemClock
from affidavit.storage.memory import MemoryStore
from affidavit.witness.cosigning import Cosigner
from affidavit.witness.keys import WitnessKeys
from affidavit.witness.known_logs import KnownLogs

if TYPE_CHECKING:
    from collections.abc import Callable


class SimulatedWitness:
    """A witness at `https://<name>/`; `answer` replaces what it would say, `delay_s` makes it slow."""

    def __init__(self, name: str, log_key: str) -> None:
        store = MemoryStore()
        self.name = name
        self.keys = WitnessKeys.create(store, name)
        logs = KnownLogs(store)
        logs.add([log_key])
        self.cosigner = Cosigner(store, self.keys, logs, clock=SystemClock())
        self.answer: Callable[[bytes], httpx.Response] | None = None
        self.delay_s = 0.0
        self.asked: list[bytes] = []
        """The bodies of all requests."""

    def handle(self, request: httpx.Request) -> httpx.Response:
        """What it says to a request."""
        assert request.url.path == "/add-checkpoint"
        body = request.read()
        self.asked.append(body)
        time.sleep(self.delay_s)
        if self.answer is not None:
            return self.answer(body)
        said = self.cosigner.add_checkpoint(body)
        return httpx.Response(said.status, content=said.body, headers={"Content-Type": said.media_type})


def http_of(*witnesses: SimulatedWitness) -> httpx.Client:
    """A client that reaches them, and nobody else."""
    known = {witness.name: witness for witness in witnesses}

    def handle(request: httpx.Request) -> httpx.Response:
        return known[request.url.host].handle(request)

    return httpx.Client(transport=httpx.MockTransport(handle))
