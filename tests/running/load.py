"""Senders that never rest, and remember what was acknowledged to them."""

from __future__ import annotations

import random
import threading
import time

import httpx
import msgspec
from tests.running.events import okta_event

_BATCHES = (1, 5, 20, 20, 60, 600)
"""Events a batch; the last is spread over more than one frame of the spool."""


class Load:
    """Sends from several threads until it is told to stop; every event has a uuid of its own."""

    def __init__(self, url: str, token: str, *, sources: list[str], seed: int) -> None:
        self.sent: set[str] = set()
        """Every uuid that left, acknowledged or not."""
        self.acknowledged: dict[str, list[str]] = {}
        """Batch to its uuids, in order."""
        self.refused: list[str] = []
        """Answers that are neither an acknowledgement nor a request to wait."""
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._send, args=(source, random.Random(f"{seed} {at}")), daemon=True)
            for at, source in enumerate(sources)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, once what is under way was answered."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send(self, source: str, random_: random.Random) -> None:
        with httpx.Client(base_url=self._url, headers=self._headers, timeout=20, trust_env=False) as http:
            while not self._stop.is_set():
                events = [okta_event() for _ in range(random_.choice(_BATCHES))]
                uuids = [event["uuid"] for event in events]
                body = b"\n".join(map(msgspec.json.encode, events))
                self.sent.update(uuids)
                try:
                    answer = http.post(f"/v1/ingest/{source}", content=body)
                except httpx.HTTPError:
                    time.sleep(0.05)
                    continue
                if answer.status_code == 200:
                    self.acknowledged[answer.json()["batch"]] = uuids
                elif answer.status_code not in (429, 503):
                    self.refused.append(f"{answer.status_code}: {answer.text[:500]}")
                time.sleep(random_.uniform(0, 0.1))
