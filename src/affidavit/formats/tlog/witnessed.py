"""A checkpoint held against a policy: which log signed it, who cosigned it and when, and whether that is enough.

Pure, as all of this package: an offline verifier carries it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.core.errors import LogFormatError, VerificationError
from affidavit.formats.tlog.checkpoint import Checkpoint, parse_checkpoint
from affidavit.formats.tlog.note import SignedBy, Verifier, open_note
from affidavit.formats.tlog.signing import verifier_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from affidavit.formats.tlog.policy import Policy, Witness


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A cosignature that verified."""

    witness: Witness
    time_s: int
    """When the witness knew of no larger tree of this log, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A checkpoint that its log signed, and what its witnesses say."""

    checkpoint: Checkpoint
    signed_by: tuple[SignedBy, ...]
    """The log's signatures."""
    cosigned: tuple[Cosigned, ...]
    """A witness each, in the order of the policy; where one signed more than once, its latest time."""
    met: bool
    """Whether those are the policy's quorum."""

    def require(self) -> Witnessed:
        """Itself, where the quorum is met; VerificationError (`quorum`) otherwise."""
        if not self.met:
            names = ", ".join(each.witness.name for each in self.cosigned) or "no witness"
            raise VerificationError(
                f"the checkpoint of {self.checkpoint.size} entries is cosigned by {names}, "
                "which is not the quorum of the policy",
                code="quorum",
                hint="Ask for a checkpoint with more cosignatures; until then only the log vouches for it.",
            )
        return self


def open_witnessed(
    note: bytes, policy: Policy, *, logs: Iterable[Verifier] = (), origin: str | None = None
) -> Witnessed:
    """The checkpoint in `note`, once one of the policy's logs or of `logs` is found to have signed it.

    A log's key is named like the checkpoint's origin (tlog-policy, "Defining a log"), so a key speaks for no
    other log. Signatures of unknown keys are ignored; one of a known key that does not verify refuses the
    note. `origin`, where given, is the only log accepted. VerificationError otherwise, LogFormatError where the
    bytes are no checkpoint. That the quorum is met is for the caller to ask: `met`, `require`.
    """
    log_verifiers = {verifier.key: verifier for verifier in logs}
    for key in policy.logs:
        log_verifiers.setdefault(key, verifier_of(key))
    witnesses = {witness.key: witness for witness in policy.witnesses}
    if overlap := log_verifiers.keys() & witnesses.keys():
        raise LogFormatError(f"the log {overlap.pop().name} is no witness of itself", code="policy")
    opened = open_note(note, (*log_verifiers.values(), *map(verifier_of, witnesses)))
    checkpoint = parse_checkpoint(opened.text)
    if origin is not None and checkpoint.origin != origin:
        raise VerificationError(
            f"the checkpoint is of {checkpoint.origin!r}, not of {origin!r}", code="note-origin"
        )
    signed_by = tuple(
        signed
        for signed in opened.signed_by
        if signed.key in log_verifiers and signed.key.name == checkpoint.origin
    )
    if not signed_by:
        raise VerificationError(f"no known key of {checkpoint.origin} signed the note", code="note-unsigned")
    times: dict[str, int] = {}
    for signed in opened.signed_by:
        if signed.key in witnesses and signed.time_s is not None:
            name = witnesses[signed.key].name
            times[name] = max(signed.time_s, times.get(name, 0))
    cosigned = tuple(
        Cosigned(witness, times[witness.name]) for witness in policy.witnesses if witness.name in times
    )
    return Witnessed(checkpoint, signed_by, cosigned, policy.met_by(times.keys()))
