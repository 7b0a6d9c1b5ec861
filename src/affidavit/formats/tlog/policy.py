"""Whom to believe (C2SP tlog-policy): the logs, the witnesses, and how many of these must have cosigned.

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> <k>|any|all <member>...
    quorum <name>|none

A line each, items apart by spaces and tabs; empty lines and lines that start with `#` say nothing. Names are
opaque and mean nothing outside of the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from affidavit.core.errors import LogFormatError
from affidavit.formats.tlog.keys import KeyType, VerifierKey
from affidavit.formats.tlog.text import decode_decimal

if TYPE_CHECKING:
    from collections.abc import Collection

NONE = "none"
"""The quorum of a policy that asks for no cosignature."""
MAX_POLICY_BYTES = 1 << 20
"""Longer policies are refused unread."""
_COSIGNS = (KeyType.ED25519_COSIGNATURE, KeyType.ML_DSA_44)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_BLANKS = re.compile(r"[ \t]+")


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness as the policy names it."""

    name: str
    """Within the policy; not the name of its key."""
    key: VerifierKey
    url: str | None = None
    """The submission prefix: `add-checkpoint` lies under it. None where the policy only verifies."""


@dataclass(frozen=True, slots=True)
class Group:
    """Has witnessed a checkpoint once `threshold` of its members have."""

    name: str
    threshold: int
    members: tuple[str, ...]
    """Witnesses and earlier groups."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a checkpoint needs before it is believed; `parse` makes only those that hold together."""

    logs: tuple[VerifierKey, ...]
    """Any of them may have signed; empty where the log is known from elsewhere. Their URLs are not kept."""
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: str
    """The name of a witness or group, or `none`."""

    @classmethod
    def parse(cls, text: str | bytes) -> Self:
        """The policy that a file spells; LogFormatError, code `policy`, names the line of anything else.

        Bytes that are no UTF-8 are kept as the specification asks, as surrogates of Python's surrogateescape.
        """
        if len(text) > MAX_POLICY_BYTES:
            raise LogFormatError(f"a policy of more than {MAX_POLICY_BYTES} bytes is not read", code="policy")
        if isinstance(text, bytes):
            text = text.decode("utf-8", "surrogateescape")
        *lines, rest = text.split("\n")
        if rest:
            raise LogFormatError("the policy's last line does not end: is the file whole?", code="policy")
        reader = _Reader()
        for number, line in enumerate(lines, 1):
            try:
                reader.read(line)
            except LogFormatError as error:
                raise LogFormatError(f"policy, line {number}: {error.message}", code="policy") from error
        if reader.quorum is None:
            raise LogFormatError("the policy has no quorum line", code="policy")
        return cls(tuple(reader.logs), tuple(reader.witnesses), tuple(reader.groups), reader.quorum)

    def met_by(self, names: Collection[str]) -> bool:
        """Whether the witnesses of these names, as the policy calls them, are the quorum together."""
        witnessed = {NONE} | {witness.name for witness in self.witnesses if witness.name in names}
        for group in self.groups:  # each names only what is defined before it
            if sum(member in witnessed for member in group.members) >= group.threshold:
                witnessed.add(group.name)
        return self.quorum in witnessed


class _Reader:
    """Takes a policy line by line."""

    def __init__(self) -> None:
        self.logs: list[VerifierKey] = []
        self.witnesses: list[Witness] = []
        self.groups: list[Group] = []
        self.quorum: str | None = None
        self._defined: set[str] = set()
        self._members: set[str] = set()

    def read(self, line: str) -> None:
        if _CONTROL.search(line):
            raise LogFormatError("a control character")
        stripped = line.strip(" \t")
        if not stripped or stripped.startswith("#"):
            return
        match _BLANKS.split(stripped):
            case ["log", key]:
                self._log(key)
            case ["log", key, _]:
                self._log(key)
            case ["witness", name, key]:
                self._witness(name, key, None)
            case ["witness", name, key, url]:
                self._witness(name, key, url)
            case ["group", name, threshold, _, *_] as items:
                self._group(name, threshold, items[3:])
            case ["quorum", name]:
                self._quorum(name)
            case [keyword, *_]:
                raise LogFormatError(f"no such line: {keyword[:40]!a} and what follows it")

    def _log(self, text: str) -> None:
        key = VerifierKey.parse(text)
        _check_new(key, self.logs)
        self.logs.append(key)

    def _witness(self, name: str, text: str, url: str | None) -> None:
        key = VerifierKey.parse(text)
        if key.type not in _COSIGNS:
            raise LogFormatError(f"a key of type {key.type:#04x} does not cosign")
        _check_new(key, [witness.key for witness in self.witnesses])
        self._define(name)
        self.witnesses.append(Witness(name, key, url))

    def _group(self, name: str, threshold: str, members: list[str]) -> None:
        for member in members:
            self._check_defined(member)
            if member in self._members:
                raise LogFormatError(f"{member[:40]!a} is a member already; it counts only once")
            self._members.add(member)
        match threshold:
            case "any":
                least = 1
            case "all":
                least = len(members)
            case _:
                least = decode_decimal(threshold, what="the group's threshold")
        if not 1 <= least <= len(members):
            raise LogFormatError(f"{least} of {len(members)} members is no threshold")
        self._define(name)
        self.groups.append(Group(name, least, tuple(members)))

    def _quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise LogFormatError("a second quorum")
        if name != NONE:
            self._check_defined(name)
        self.quorum = name

    def _define(self, name: str) -> None:
        if name == NONE or name in self._defined:
            raise LogFormatError(f"the name {name[:40]!a} is taken")
        self._defined.add(name)

    def _check_defined(self, name: str) -> None:
        if name not in self._defined:
            raise LogFormatError(f"no line before defines {name[:40]!a}")


def _check_new(key: VerifierKey, others: list[VerifierKey]) -> None:
    """One public key is one party, whatever it is called."""
    if any(key.public_key == other.public_key for other in others):
        raise LogFormatError(f"the public key of {key.name[:40]!a} stands on an earlier line")
