"""What to look for: a tree that the query language builds and the lake compiles. Values are data, never SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Field = Literal["actor", "action", "resource", "outcome", "source", "kind"]
"""Fields that are compared as text."""


@dataclass(frozen=True)
class Pattern:
    """Literal pieces with anything between them: one piece is a plain value, ("act", "") is `act*`."""

    pieces: tuple[str, ...]

    @property
    def is_plain(self) -> bool:
        """Whether it has no wildcard."""
        return len(self.pieces) == 1


@dataclass(frozen=True)
class Matches:
    """The whole field, or for actor and resource any one of its names, fits the pattern; case does not count."""

    field: Field
    pattern: Pattern


@dataclass(frozen=True)
class HasText:
    """The original holds the pattern somewhere (a record without original: its facts); case does not count."""

    pattern: Pattern


@dataclass(frozen=True)
class IsClass:
    """The OCSF class is one of these."""

    class_uids: tuple[int, ...]


@dataclass(frozen=True)
class InNetwork:
    """The source address lies between two addresses of 32 hexadecimal digits, inclusive."""

    first: str
    last: str


@dataclass(frozen=True)
class HasIp:
    """The source's name, where it is no address, fits the pattern."""

    pattern: Pattern


@dataclass(frozen=True)
class Not:
    """The other does not hold."""

    term: Predicate


@dataclass(frozen=True)
class All:
    """Every term holds; none at all holds always."""

    terms: tuple[Predicate, ...] = field(default=())


@dataclass(frozen=True)
class Any:
    """Some term holds; none at all never holds."""

    terms: tuple[Predicate, ...] = field(default=())


Predicate = Matches | HasText | IsClass | InNetwork | HasIp | Not | All | Any
"""A tree of the above."""

EVERYTHING = All()
"""The predicate of an empty query."""


def reads_text(predicate: Predicate) -> bool:
    """Whether it has to read the originals."""
    if isinstance(predicate, HasText):
        return True
    if isinstance(predicate, Not):
        return reads_text(predicate.term)
    if isinstance(predicate, All | Any):
        return any(map(reads_text, predicate.terms))
    return False
