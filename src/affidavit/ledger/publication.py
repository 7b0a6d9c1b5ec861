"""How a checkpoint reaches readers: at once, or only once the witnesses of a policy have cosigned it.

Sealing does not wait for witnesses. Whoever seals hands over each checkpoint and goes on; a thread asks the
witnesses for the newest, and what was superseded meanwhile is never asked for. A checkpoint that is not
published yet costs nothing but its publication: head, tiles and rows are durable before it.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Literal

import msgspec

from affidavit.core.errors import AffidavitError, NotFoundError, VerificationError
from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.note import format_note, parse_note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from affidavit.formats.tlog.note import NoteSignature
    from affidavit.formats.tlog.policy import Policy
    from affidavit.ledger.asking import Asking
    from affidavit.ledger.log import Log

State = Literal["witnessed", "held", "unwitnessed", "conflict"]
_LEAST_PAUSE_S = 0.1
logger = logging.getLogger("affidavit")


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How publication stands."""

    state: State = "witnessed"
    """`witnessed`: checkpoints are published with their quorum. `held`: the newest waits for one.
    `unwitnessed`: it is published without. `conflict`: it waits, and a witness knows another history."""
    problems: dict[str, str] = {}
    """What is wrong, by the policy's name of the witness."""


class DirectPublication:
    """Publishes at once: there is no witness."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def publish(self, checkpoint: bytes) -> None:
        """Readers get it from now on."""
        self._log.publish(checkpoint)

    def close(self) -> None:
        """Nothing waits."""


class WitnessedPublication:
    """Publishes what the policy's witnesses have cosigned, from a thread of its own."""

    def __init__(  # noqa: PLR0913 - what it is told once
        self,
        log: Log,
        policy: Policy,
        asking: Asking,
        *,
        hold: bool,
        interval_s: float,
        timeout_s: float,
        tell: Callable[[Status], None],
    ) -> None:
        """`hold`: below quorum nothing is published; otherwise it is, without. `tell` hears of each state.

        Checkpoints are published at least `interval_s` apart. A witness that has not answered after `timeout_s`
        is not waited for, and only what lasts longer than that is told.
        """
        self._log = log
        self._policy = policy
        self._asking = asking
        self._hold = hold
        self._interval_s = interval_s
        self._timeout_s = timeout_s
        self._tell = tell
        self._wake = threading.Condition()
        self._newest: bytes | None = None
        self._closing = False
        self._thread: threading.Thread | None = None
        self._status: Status | None = None
        self._missing_since_s: float | None = None

    def check(self, head: bytes) -> None:
        """Return only if no witness that answers contradicts this head; VerificationError (`witness-ahead`).

        A witness that has cosigned more entries, or others, than the head from which to go on says that the
        data directory was rolled back, or that another one signs with the same keys.
        """
        self._asking.cosignatures(head, timeout_s=self._timeout_s, hurry=False)
        for witness, answer in self._asking.answers():
            if answer.conflict is not None:
                raise VerificationError(
                    f"the witness {', '.join(witness.names)} at {witness.url} {answer.conflict}",
                    code="witness-ahead",
                    hint="This data directory is older than what was witnessed, or another one signs with its "
                    "keys. Restore the newest copy; to go on here would fork the log, and no witness would cosign.",
                )
            if answer.problem is not None:
                logger.warning("witness %s %s", ", ".join(witness.names), answer.problem)

    def publish(self, checkpoint: bytes) -> None:
        """Have it published in place of any that still waits; returns at once."""
        with self._wake:
            self._newest = checkpoint
            self._wake.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="publication", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Ask once more for what waits, and end."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()
        self._asking.close()

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._newest is not None or self._closing)
                note, last = self._newest, self._closing
            if note is None:
                return
            began_s = time.monotonic()
            try:
                done = self._attempt(note)
            except AffidavitError as error:
                logger.error("publication: %s", error)  # noqa: TRY400 - the message is for an operator
                done = False
            except Exception:
                logger.exception("publication")  # a fault must not end publication for good
                done = False
            if last:
                return
            pause_s = max(_LEAST_PAUSE_S, self._interval_s - (time.monotonic() - began_s))
            with self._wake:
                if done and self._newest is note:
                    self._newest = None
                self._wake.wait_for(lambda: self._closing, timeout=pause_s)

    def _attempt(self, note: bytes) -> bool:
        """Ask, and publish what may be; whether the quorum has cosigned it."""
        signatures = self._asking.cosignatures(note, timeout_s=self._timeout_s, hurry=True)
        met = self._policy.met_by(signatures.keys())
        conflict = any(answer.conflict for _, answer in self._asking.answers())
        if met:
            self._missing_since_s = None
            self._publish(note, signatures)
            self._say("witnessed")
        elif conflict:
            self._say("conflict")
        else:
            if not self._hold and self._published_size() < parse_checkpoint(parse_note(note).text).size:
                self._publish(note, signatures)
            self._missing_since_s = self._missing_since_s or time.monotonic()
            if time.monotonic() - self._missing_since_s > self._timeout_s:
                self._say("held" if self._hold else "unwitnessed")
        return met

    def _published_size(self) -> int:
        try:
            return parse_checkpoint(parse_note(self._log.checkpoint()).text).size
        except NotFoundError:
            return -1

    def _publish(self, note: bytes, signatures: Mapping[str, NoteSignature]) -> None:
        parsed = parse_note(note)
        self._log.publish(format_note(parsed.text, (*parsed.signatures, *signatures.values())))

    def _say(self, state: State) -> None:
        problems = {
            name: answer.conflict or answer.problem or ""
            for witness, answer in self._asking.answers()
            if answer.conflict or answer.problem
            for name in witness.names
        }
        status = Status(state=state, problems=problems)
        if status != self._status:
            self._status = status
            self._tell(status)
