"""Whose signatures a user believes: keys and policy from files that came by another way than what is checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from affidavit.cli import output
from affidavit.core.clock import isoformat
from affidavit.core.errors import LogFormatError, UsageError
from affidavit.evidence.key_history import KeyHistory
from affidavit.formats.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from affidavit.formats.tlog.keys import VerifierKey
from affidavit.formats.tlog.note import SignedBy, Verifier, parse_note
from affidavit.formats.tlog.policy import Policy
from affidavit.formats.tlog.signing import verifier_of
from affidavit.formats.tlog.witnessed import open_witnessed

KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key",
        exists=True,
        dir_okay=False,
        help="File with the log's verifier keys, one a line; all of them must have signed.",
    ),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        exists=True,
        dir_okay=False,
        help="C2SP tlog-policy file: the logs, their witnesses, and how many of these must have cosigned.",
    ),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Vouched:
    """A checkpoint and who vouches for it, all of it verified."""

    checkpoint: Checkpoint
    signatures: tuple[dict[str, str | None], ...]
    """`name`, `key_id` in hex, `role` (log or witness) and the `time` that the signature states."""

    def print(self) -> None:
        """A line a signature, for a person."""
        for signed in self.signatures:
            time = f", {signed['time']}" if signed["time"] else ""
            output.text(f"  {signed['role']} {signed['name']} (key {signed['key_id']}{time})")


class Trusted:
    """The keys and the policy that a user named."""

    def __init__(self, key: Path | None, policy: Path | None) -> None:
        self._keys: KeyHistory | None = None if key is None else KeyHistory(_keys(key))
        self._policy = None if policy is None else _policy(policy)

    @property
    def anybody(self) -> bool:
        """Whether there is anybody to believe."""
        return self._keys is not None or self._policy is not None

    def believe(self, keys: Iterable[str]) -> None:
        """Also the log's keys as its server states them."""
        self._keys = KeyHistory(tuple(map(VerifierKey.parse, keys)))

    def follow(self, statements: Sequence[tuple[int, bytes]]) -> None:
        """Take over from the keys believed so far to those that the log's rotations (index, statement) lead to.

        VerificationError where the statements do not hold or have nothing to do with these keys.
        """
        if self._keys is not None and statements:
            self._keys = KeyHistory.follow(self._keys.first, statements)

    def open(self, note: bytes) -> Vouched:
        """The checkpoint in `note`, where everybody who has to has signed it; VerificationError otherwise."""
        signed: list[tuple[str, SignedBy]] = []
        verifiers: list[Verifier] = []
        if self._keys is not None:
            size = parse_checkpoint(parse_note(note).text).size
            verifiers = [verifier_of(key) for key in self._keys.at(size)]
            opened = open_checkpoint(note, verifiers)
            checkpoint = opened.checkpoint
            signed += [("log", by) for by in opened.signed_by]
        if self._policy is not None:
            witnessed = open_witnessed(note, self._policy, logs=verifiers).require()
            checkpoint = witnessed.checkpoint
            if self._keys is None:
                signed += [("log", by) for by in witnessed.signed_by]
            signed += [("witness", SignedBy(each.witness.key, each.time_s)) for each in witnessed.cosigned]
        if not signed:
            raise UsageError("nobody's signature is asked for: name --key or --policy", code="trust")
        return Vouched(checkpoint=checkpoint, signatures=tuple(_said(role, by) for role, by in signed))


def _said(role: str, by: SignedBy) -> dict[str, str | None]:
    time = None if by.time_s is None else isoformat(by.time_s * 1_000_000)
    return {"role": role, "name": by.key.name, "key_id": by.key.key_id.hex(), "time": time}


def _keys(file: Path) -> tuple[VerifierKey, ...]:
    lines = [line.strip() for line in file.read_text(errors="replace").splitlines()]
    try:
        found = tuple(VerifierKey.parse(line) for line in lines if line)
    except LogFormatError as error:
        raise UsageError(f"{file} holds no verifier keys: {error.message}", code="trust") from error
    if not found:
        raise UsageError(f"{file} holds no verifier keys", code="trust")
    return found


def _policy(file: Path) -> Policy:
    try:
        return Policy.parse(file.read_bytes())
    except LogFormatError as error:
        raise UsageError(f"{file}: {error.message}", code="trust") from error
