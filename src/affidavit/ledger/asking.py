"""Asking several witnesses at once, each with patience of its own: who is slow or away delays nobody else."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from affidavit.formats.tlog.note import NoteSignature
    from affidavit.formats.tlog.policy import Policy
    from affidavit.formats.tlog.tree import ReadTile
    from affidavit.ledger.witnesses import Asked, RemoteWitness

_GRACE_S = 0.1
"""Once the quorum has answered, so long the others are waited for."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 10.0
"""Before a witness that failed is asked again; doubled each time."""


class _One:
    """A witness, what it said last, and when it is asked again."""

    def __init__(self, witness: RemoteWitness) -> None:
        self.witness = witness
        self.asked: tuple[bytes, Future[Asked]] | None = None
        """The note it was asked about, until it has answered."""
        self.answer: Asked | None = None
        self._pause_s = 0.0
        self._again = 0.0

    @property
    def due(self) -> bool:
        """Whether it is neither being asked nor to be left alone for now."""
        return self.asked is None and time.monotonic() >= self._again

    def answered(self, answer: Asked) -> None:
        """What it said decides when it is asked again."""
        self.answer = answer
        if answer.problem is None and answer.conflict is None:
            self._pause_s = 0.0
        else:
            self._pause_s = min(max(_FIRST_PAUSE_S, 2 * self._pause_s), _LONGEST_PAUSE_S)
        self._again = time.monotonic() + self._pause_s


class Asking:
    """The witnesses of one policy. One caller at a time."""

    def __init__(self, policy: Policy, witnesses: Iterable[RemoteWitness], read_tile: ReadTile) -> None:
        self._policy = policy
        self._all = [_One(witness) for witness in witnesses]
        self._read_tile = read_tile
        self._pool = ThreadPoolExecutor(max(1, len(self._all)), "witness")

    def cosignatures(self, note: bytes, *, timeout_s: float, hurry: bool) -> dict[str, NoteSignature]:
        """Cosignatures of `note` by the policy's names, from the witnesses that it is time to ask.

        Those that have not answered after `timeout_s`, or with `hurry` soon after the quorum has, are not
        waited for; what they say later counts for how they are, not for a note that it is not about.
        """
        found: dict[str, NoteSignature] = {}
        until = time.monotonic() + timeout_s
        for one in self._all:
            self._begin(one, note)
        while running := [one.asked[1] for one in self._all if one.asked is not None]:
            done, _ = wait(running, timeout=max(0.0, until - time.monotonic()), return_when=FIRST_COMPLETED)
            if not done:
                break
            for one in self._all:
                if one.asked is None or one.asked[1] not in done:
                    continue
                about, future = one.asked
                one.asked = None
                one.answered(future.result())
                if about is note:
                    found |= future.result().cosignatures
                else:
                    self._begin(one, note)
            if hurry and self._policy.met_by(found.keys()):
                until = min(until, time.monotonic() + _GRACE_S)
        return found

    def answers(self) -> list[tuple[RemoteWitness, Asked]]:
        """What each witness said last, of those that have said anything."""
        return [(one.witness, one.answer) for one in self._all if one.answer is not None]

    def close(self) -> None:
        """Ask nobody any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _begin(self, one: _One, note: bytes) -> None:
        if one.due:
            one.asked = note, self._pool.submit(one.witness.ask, note, self._read_tile)
