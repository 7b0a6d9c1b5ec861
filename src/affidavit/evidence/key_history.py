"""Which keys a log had at which size: from keys that are trusted, along the statements sealed in the log.

A statement at index i is the last entry under the old keys. The checkpoint of size i + 1, which covers it and nothing
after it, carries the signatures of both sets, every smaller one those of the old keys, every larger one those of the
new keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.core.errors import VerificationError
from affidavit.formats.tlog.rotation import Rotation, parse_rotation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from affidavit.formats.tlog.keys import VerifierKey


@dataclass(frozen=True, slots=True)
class KeyHistory:
    """The keys of one log, from the first to the newest."""

    first: tuple[VerifierKey, ...]
    """Those that signed from the beginning."""
    rotations: tuple[tuple[int, Rotation], ...] = ()
    """Each with the size of the checkpoint that hands over, ascending."""

    @classmethod
    def follow(cls, trusted: Iterable[VerifierKey], statements: Iterable[tuple[int, bytes]]) -> KeyHistory:
        """The history, once every statement (its index, its bytes) is verified and all of them form one chain.

        `trusted` are keys of one set of the chain, be it the first, the newest or one between. Without statements they
        are the only keys. LogFormatError where a statement is none; VerificationError `rotation-signature` where a key
        did not sign, `rotation-chain` where a statement does not go on from the one before, `keys-unrelated` where
        the chain does not lead to the trusted keys.
        """
        anchor = tuple(trusted)
        rotations: list[tuple[int, Rotation]] = []
        for index, data in sorted(statements):
            rotation = parse_rotation(data)
            rotation.verify()
            _check_order(rotations[-1] if rotations else None, index, rotation)
            rotations.append((index + 1, rotation))
        if not rotations:
            return cls(anchor)
        history = cls(rotations[0][1].old, tuple(rotations))
        if not anchor or not any(set(anchor) <= set(keys) for keys in history.sets()):
            raise VerificationError(
                "the trusted keys are none that the log's rotations lead from or to",
                code="keys-unrelated",
                hint="Give the verifier keys of one moment of this log; if they are, the log was signed anew.",
            )
        return history

    def sets(self) -> list[tuple[VerifierKey, ...]]:
        """Every set of keys, in the order in which they signed."""
        return [self.first, *(rotation.new for _, rotation in self.rotations)]

    def at(self, size: int) -> tuple[VerifierKey, ...]:
        """The keys that must have signed a checkpoint of that size: at a handover both sets."""
        keys = self.first
        for handover, rotation in self.rotations:
            if size < handover:
                break
            keys = rotation.new if size > handover else (*rotation.old, *rotation.new)
        return keys


def _check_order(before: tuple[int, Rotation] | None, index: int, rotation: Rotation) -> None:
    if rotation.size > index:
        raise _broken(f"the rotation at {index} says that the log had {rotation.size} entries before it")
    if before is None:
        return
    handover, last = before
    if rotation.old != last.new or rotation.origin != last.origin:
        raise _broken(f"the rotation at {index} does not go on from the keys of the one at {handover - 1}")
    if rotation.size < handover or rotation.time_us < last.time_us:
        raise _broken(f"the rotation at {index} says that it is older than the one at {handover - 1}")


def _broken(message: str) -> VerificationError:
    return VerificationError(message, code="rotation-chain")
