"""One attack: who does what, and what finds it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from affidavit.attacks.victim import Victim


class Attacker(StrEnum):
    """What the attacker holds; each can do what those above can."""

    DISK = "write access to the disk"
    DATA_KEY = "the disk and the age identity"
    OPERATOR = "the disk and every key"


class FoundBy(StrEnum):
    """The least that somebody needs to find it."""

    VERIFY = "verify"
    """`affidavit verify` on the directory, with the log's verifier keys from elsewhere."""
    CHECKPOINT = "a kept checkpoint"
    """Also one earlier checkpoint that left the operator's hands."""
    WITNESS = "a witness"
    """A policy that asks for a witness's cosignature, and a witness that gives none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attack:
    """A vector of the catalogue."""

    name: str
    """Kebab case, stable: `edited-value`."""
    attacker: Attacker
    does: str
    """What the attacker does, for a report."""
    expected: str
    """The code of a difference that must be among those found."""
    found_by: FoundBy = FoundBy.VERIFY
    apply: Callable[[Victim], None]
    """Does it to a copy."""
