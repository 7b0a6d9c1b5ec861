"""Whom the reader of a bundle believes, and which keys spoke for the log when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.core.errors import VerificationError
from affidavit.evidence.key_history import KeyHistory
from affidavit.formats.rfc3161.chain import load_roots
from affidavit.formats.tlog.checkpoint import OpenedCheckpoint, open_checkpoint, parse_checkpoint
from affidavit.formats.tlog.keys import VerifierKey
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.policy import Policy
from affidavit.formats.tlog.signing import verifier_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cryptography import x509

    from affidavit.formats.tlog.policy import Witness


@dataclass(frozen=True, kw_only=True)
class Trust:
    """What the reader brings along; nothing of it comes from the bundle."""

    keys: tuple[VerifierKey, ...] = ()
    """Verifier keys of the log."""
    policy: Policy | None = None
    """Logs, witnesses and how many of these must have cosigned."""
    roots: tuple[x509.Certificate, ...] | None = None
    """Of time-stamping authorities."""
    tool: str = ""
    """Name and version of the verifying program."""
    verifier_sha256: str = ""
    """Of the standalone verifier that was published with that version."""

    def pinned(self, origin: str) -> tuple[VerifierKey, ...]:
        """The keys that the reader believes to be those of the log `origin`."""
        of_policy = () if self.policy is None else self.policy.logs
        return tuple(dict.fromkeys(key for key in (*self.keys, *of_policy) if key.name == origin))

    @property
    def given(self) -> bool:
        """Whether the reader named any key at all."""
        return bool(self.keys or (self.policy is not None and self.policy.logs))


def parse_trust(
    *, keys: Sequence[str], policy: bytes | None, roots: bytes | None, tool: str, verifier_sha256: str = ""
) -> Trust:
    """The reader's trust from verifier key texts, a tlog-policy and PEM certificates; an AffidavitError for others."""
    return Trust(
        keys=tuple(VerifierKey.parse(key.strip()) for key in keys),
        policy=None if policy is None else Policy.parse(policy),
        roots=None if roots is None else tuple(load_roots(roots)),
        tool=tool,
        verifier_sha256=verifier_sha256,
    )


class LogKeys:
    """The log's keys as the bundle has them, held to those that the reader brought."""

    def __init__(
        self, origin: str, policy: Policy, trust: Trust, statements: Iterable[tuple[int, bytes]] = ()
    ) -> None:
        """`statements` are the rotations, each with its index.

        VerificationError where a key of the reader's is not the log's, the bundle names no key, or the rotations
        do not lead to those that it names.
        """
        self._origin = origin
        keys = tuple(key for key in policy.logs if key.name == origin)
        if not keys:
            raise VerificationError(f"the bundle's policy names no key of {origin}", code="key-missing")
        self._history = KeyHistory.follow(keys, statements)
        sets = self._history.sets()
        if set(keys) != set(sets[-1]):
            raise VerificationError("the bundle's policy does not name the newest keys", code="key-missing")
        known = {key for held in sets for key in held}
        pinned = trust.pinned(origin)
        for key in pinned:
            if key not in known:
                raise VerificationError(
                    f"the log of this bundle does not have the key {key.name}+{key.key_id.hex()} that you gave",
                    code="key-other",
                )
        if trust.given and not pinned:
            raise VerificationError(f"none of the keys that you gave is one of {origin}", code="key-other")
        self.pinned = bool(pinned)
        self.rotations = len(self._history.rotations)
        """How often the keys changed, as far as the bundle tells."""
        witnesses = (*policy.witnesses, *(trust.policy.witnesses if trust.policy else ()))
        self._witnesses = list({witness.key: witness for witness in witnesses}.values())

    def open(self, note: bytes) -> OpenedCheckpoint:
        """A checkpoint signed by every key of the log of its time; cosignatures of known witnesses must verify too."""
        size = parse_checkpoint(parse_note(note).text).size
        verifiers = [verifier_of(key) for key in self._history.at(size)]
        witnesses = [verifier_of(witness.key) for witness in self._witnesses]
        return open_checkpoint(note, verifiers, witnesses=witnesses, origin=self._origin)

    def open_manifest_note(self, note: bytes, origin: str) -> OpenedCheckpoint:
        """What signs the manifest: a note in the form of a checkpoint of `origin`, by the newest keys."""
        newest = self._history.sets()[-1]
        return open_checkpoint(note, [verifier_of(key) for key in newest], origin=origin)


def cosigners(opened: OpenedCheckpoint, witnesses: Sequence[Witness]) -> dict[str, int]:
    """The witnesses, by their names in the policy, whose cosignatures verified, and the latest time they state."""
    names = {witness.key: witness.name for witness in witnesses}
    found: dict[str, int] = {}
    for signed in opened.signed_by:
        name = names.get(signed.key)
        if name is not None and signed.time_s is not None:
            found[name] = max(signed.time_s, found.get(name, signed.time_s))
    return found
