"""An outsider who keeps every checkpoint that a server ever showed, and holds the log to them."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import httpx

from affidavit.formats.tlog.checkpoint import open_checkpoint
from affidavit.formats.tlog.merkle import verify_consistency
from affidavit.formats.tlog.signing import verifier_of
from affidavit.formats.tlog.tree import consistency_proof

if TYPE_CHECKING:
    from affidavit.formats.tlog.tiles import Tile


class Seen(NamedTuple):
    """What a checkpoint said."""

    size: int
    root: bytes


class Witness:
    """Looks at a log's checkpoint many times a second, from a thread of its own."""

    def __init__(self, url: str, keys: list[str]) -> None:
        self.seen: set[Seen] = set()
        self._url = url
        self._verifiers = [verifier_of(key) for key in keys]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """Begin to watch; a server that does not answer is asked again."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._stop.set()
        self._thread.join()

    def look(self, http: httpx.Client) -> Seen:
        """The newest checkpoint, its signatures verified."""
        note = http.get("/log/checkpoint").raise_for_status().content
        checkpoint = open_checkpoint(note, self._verifiers).checkpoint
        seen = Seen(checkpoint.size, checkpoint.root)
        self.seen.add(seen)
        return seen

    def hold(self, http: httpx.Client) -> Seen:
        """Prove from the served tiles that the newest checkpoint extends every one that was seen."""
        newest = self.look(http)

        def read_tile(tile: Tile) -> bytes:
            return http.get(f"/log/{tile.path}").raise_for_status().content

        for earlier in sorted(self.seen):
            if earlier.size:
                verify_consistency(
                    earlier.size,
                    size2=newest.size,
                    root1=earlier.root,
                    root2=newest.root,
                    proof=consistency_proof(earlier.size, newest.size, read_tile),
                )
        return newest

    def _watch(self) -> None:
        with httpx.Client(base_url=self._url, timeout=5, trust_env=False) as http:
            while not self._stop.wait(0.05):
                with suppress(httpx.HTTPError):
                    self.look(http)
