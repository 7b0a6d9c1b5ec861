"""Who beside the log vouches for its checkpoint: the cosignatures, held against a policy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from affidavit.core.errors import VerificationError
from affidavit.evidence.report import Difference
from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.signing import verifier_of
from affidavit.formats.tlog.witnessed import open_witnessed

if TYPE_CHECKING:
    from affidavit.evidence.key_history import KeyHistory
    from affidavit.formats.tlog.policy import Policy

_WHERE = "checkpoint"


class Cosignature(NamedTuple):
    """One that verified."""

    witness: str
    """As the policy calls it."""
    time_s: int
    """Seconds since 1970."""


def check_witnesses(
    note: bytes, policy: Policy, keys: KeyHistory
) -> tuple[list[Cosignature], list[Difference]]:
    """The policy's cosignatures on a checkpoint; a difference (`quorum`) where they are not its quorum.

    Where the policy names logs, this must be one of them (`policy-log`): by a key that it has now or had before.
    """
    if policy.logs and not any(set(policy.logs) & set(held) for held in keys.sets()):
        return [], [Difference("policy-log", _WHERE, "is of another log than the policy is for")]
    size = parse_checkpoint(parse_note(note).text).size
    try:
        witnessed = open_witnessed(note, replace(policy, logs=()), logs=map(verifier_of, keys.at(size)))
    except VerificationError as error:
        return [], [Difference(error.code, _WHERE, str(error))]
    cosigned = [Cosignature(each.witness.name, each.time_s) for each in witnessed.cosigned]
    if witnessed.met:
        return cosigned, []
    names = ", ".join(each.witness for each in cosigned) or "no witness"
    said = f"is cosigned by {names}; the policy's quorum is {policy.quorum}"
    return cosigned, [Difference("quorum", _WHERE, said)]
