"""Keeping the published checkpoint and having it stamped, again and again, beside sealing and never in its way.

Only the newest is stamped: it proves every smaller tree too, and a later token over an earlier one would add
nothing to it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from affidavit.core.clock import isoformat
from affidavit.core.errors import AffidavitError, NotFoundError
from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.note import parse_note

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from affidavit.ledger.history import History
    from affidavit.ledger.log import Log
    from affidavit.ledger.stamping import Stamper

_FIRST_PAUSE_S = 5.0
_LONGEST_PAUSE_S = 600.0
_LEAST_S = 0.1
log = logging.getLogger("affidavit")


class Keeping:
    """What keeps one log's checkpoints; `stamper` is None where nobody stamps them.

    `told` hears after each round the size of the newest that is kept: what is kept below it does not change any more.
    """

    def __init__(
        self,
        log_: Log,
        history: History,
        stamper: Stamper | None = None,
        *,
        told: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._log = log_
        self._history = history
        self._stamper = stamper
        self._told = told
        self._newest = max(history.sizes(), default=0)
        self._stamped = self._newest if self._newest and history.stamped(self._newest) else 0
        self._failures = 0

    def follow(self, stop: Event, *, interval_s: float) -> None:
        """Until told to stop, a round each interval; sooner after a failure, later and later while it lasts."""
        while True:
            done = self.round()
            self._told(self._newest)
            pause_s = min(_FIRST_PAUSE_S * 2 ** min(self._failures - 1, 10), _LONGEST_PAUSE_S)
            if stop.wait(max(_LEAST_S, interval_s) if done else pause_s):
                return

    def round(self) -> bool:
        """Keep the published checkpoint if it is new, and have the newest stamped; False where that failed.

        A failure is logged when it begins, and so is its end; nothing is raised.
        """
        try:
            self.keep()
            self._stamp()
        except AffidavitError as error:
            self._failures += 1
            if self._failures == 1:
                log.error("checkpoints are not stamped: %s %s", error, error.hint)  # noqa: TRY400 - for an operator
            return False
        if self._failures:
            log.warning("checkpoints are stamped again, after %d failures", self._failures)
            self._failures = 0
        return True

    def keep(self) -> None:
        """Keep the published checkpoint, if it is of a larger tree than any that is kept."""
        try:
            note = self._log.checkpoint()
        except NotFoundError:
            return
        size = parse_checkpoint(parse_note(note).text).size
        if size > self._newest:
            self._history.keep(size, note)
            self._newest = size

    def _stamp(self) -> None:
        if self._stamper is None or self._stamped == self._newest:
            return
        token, said = self._stamper.stamp(self._history.note(self._newest))
        self._history.stamp(self._newest, token)
        self._stamped = self._newest
        log.debug("the checkpoint of size %d is stamped at %s", self._newest, isoformat(said.time_us))
