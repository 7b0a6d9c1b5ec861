"""What a message family is: a pattern, and which event a line of it becomes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from affidavit.formats.ocsf.event import Event
    from affidavit.sources.linux.syslog import Line

UNKNOWN, SUCCESS, FAILURE = 0, 1, 2
"""status_id."""
INFORMATIONAL, LOW, MEDIUM, HIGH = 1, 2, 3, 4
"""severity_id."""

Found = dict[str, str]
"""The named pieces of a message; a mapping takes out what it maps, and the remainder is `unmapped`."""


class Saying(msgspec.Struct, kw_only=True):
    """A line's message without what wraps it."""

    line: Line
    text: str
    program: str
    """Without folder and PAM module: `sshd` of `/usr/sbin/sshd(pam_google_authenticator)`."""
    level: str | None = None
    """`error`, `fatal` or `debug1` where the message says so."""
    count: int | None = None
    """How often, where a syslog daemon folded repeated lines into one."""
    preauth: bool = False
    """Said by the part of sshd that serves clients which have not authenticated yet."""
    pam_module: str | None = None
    pam_type: str | None = None


class Family(NamedTuple):
    """Messages of one meaning. `code` becomes metadata.event_code and stays the same for ever."""

    code: str
    first: str
    """The message's first word, by which the family is found; empty where it varies."""
    pattern: re.Pattern[str]
    build: Callable[[Saying, Family, Found], Event]
    activity_id: int
    status_id: int
    severity_id: int


Table = dict[str, tuple[Family, ...]]
"""First word to the families that begin with it; the empty word is tried last."""


def pattern(text: str) -> re.Pattern[str]:
    """`text` compiled; `<at>` stands for `ADDRESS port NUMBER`, `<who>` for whom sshd names before it."""
    text = text.replace("<at>", r"\[?(?P<source>[^\s\]]+)\]?(?: port |\]?:)(?P<port>\d{1,5})")
    text = text.replace("<who>", r"(?:(?:(?P<invalid>invalid )|(?:authenticating ))?user (?P<user>.*) )?")
    return re.compile(text, re.ASCII | re.DOTALL)


def table(*groups: Iterable[Family]) -> Table:
    """The families of `groups` by first word, in the order given."""
    found: dict[str, list[Family]] = {}
    for group in groups:
        for family in group:
            found.setdefault(family.first, []).append(family)
    return {first: tuple(families) for first, families in found.items()}


def recognise(families: Table, text: str) -> tuple[Family, Found] | None:
    """The first family that `text` belongs to, with the pieces that it names."""
    for first in (text.partition(" ")[0], ""):
        for family in families.get(first, ()):
            match = family.pattern.fullmatch(text)
            if match is not None:
                return family, {
                    name: piece
                    for name, piece in match.groupdict().items()
                    if piece or (piece is not None and name == "user")  # a client may send no name at all
                }
    return None
