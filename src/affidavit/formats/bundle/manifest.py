"""The manifest: what was asked, by whom, with which tool, what came of it, and the digest of every member.

Canonical JSON (docs/spec/bundle.md, Manifest). What it states about the records is recomputed by whoever verifies.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from affidavit.core import canonical
from affidavit.core.clock import isoformat, to_us
from affidavit.core.errors import AffidavitError, BundleError
from affidavit.formats.record.seal import NAMES

FORMAT = "affidavit/bundle/v1"
"""What the manifest calls itself, and the first line of the note that signs it. No log can have this name."""
TIME_ZONE = "UTC"
PERIOD_OF = "received"
"""The time that a period bounds: the entry's own, which everybody who holds the entry can check."""
STATED = ("counts", "kinds", "mappers", "occurred", "received", "sources")
"""What the manifest says of the records."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A manifest whose form is right; nothing of what it says has been verified."""

    tool: str
    """Name and version of what made the bundle."""
    origin: str
    """Of the log."""
    created_us: int
    asked_by: str
    """The name of the token that asked."""
    asked_token: str
    """The public id of that token."""
    query: str
    since: str | None
    """As it was asked, such as `7d`."""
    until: str | None
    since_us: int | None
    """The same as a moment; None for no bound."""
    until_us: int | None
    disclosed: tuple[str, ...]
    """Parts, in the order of NAMES."""
    start_size: int | None
    end_size: int
    first: int
    """The first entry that is there."""
    end: int
    """One after the last."""
    stated: dict[str, Any]
    """The members of STATED."""
    members: dict[str, tuple[str, int]]
    """SHA-256 in hexadecimal digits and size, by name."""

    def in_period(self, received_us: int) -> bool:
        """Whether a record that was received then was asked for."""
        return (self.since_us is None or received_us >= self.since_us) and (
            self.until_us is None or received_us < self.until_us
        )

    def encode(self) -> bytes:
        """The bytes that are hashed and signed."""
        return canonical.encode(
            {
                "asked_by": {"name": self.asked_by, "token": self.asked_token},
                "created": isoformat(self.created_us),
                "disclosed": list(self.disclosed),
                "entries": {"end": self.end, "first": self.first},
                "format": FORMAT,
                "log": {"end_size": self.end_size, "origin": self.origin, "start_size": self.start_size},
                "members": {
                    name: {"sha256": digest, "size": size} for name, (digest, size) in self.members.items()
                },
                "question": {
                    "period_of": PERIOD_OF,
                    "query": self.query,
                    "since": None if self.since_us is None else isoformat(self.since_us),
                    "since_asked": self.since,
                    "time_zone": TIME_ZONE,
                    "until": None if self.until_us is None else isoformat(self.until_us),
                    "until_asked": self.until,
                },
                "tool": self.tool,
                **self.stated,
            }
        )


def parse_manifest(data: bytes) -> Manifest:
    """The manifest that `data` spells; BundleError, code `manifest-format`, for any other bytes."""
    try:
        read = json.loads(data)
        question = read["question"]
        manifest = Manifest(
            tool=_text(read["tool"]),
            origin=_text(read["log"]["origin"]),
            created_us=_moment(read["created"]),
            asked_by=_text(read["asked_by"]["name"]),
            asked_token=_text(read["asked_by"]["token"]),
            query=_text(question["query"]),
            since=None if question["since_asked"] is None else _text(question["since_asked"]),
            until=None if question["until_asked"] is None else _text(question["until_asked"]),
            since_us=None if question["since"] is None else _moment(question["since"]),
            until_us=None if question["until"] is None else _moment(question["until"]),
            disclosed=tuple(name for name in NAMES if name in read["disclosed"]),
            start_size=None if read["log"]["start_size"] is None else _count(read["log"]["start_size"]),
            end_size=_count(read["log"]["end_size"]),
            first=_count(read["entries"]["first"]),
            end=_count(read["entries"]["end"]),
            stated={name: read[name] for name in STATED},
            members={
                name: (_text(member["sha256"]), _count(member["size"]))
                for name, member in read["members"].items()
            },
        )
        if manifest.encode() != data:
            raise BundleError("a member too many, or another spelling than canonical JSON")
    except AffidavitError as error:
        raise _broken(error.message) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise _broken(f"{type(error).__name__}: {str(error)[:100]}") from error
    if not manifest.first <= manifest.end <= manifest.end_size:
        raise _broken(f"entries {manifest.first} to {manifest.end} of {manifest.end_size} are no range")
    return manifest


def _broken(what: str) -> BundleError:
    return BundleError(f"the manifest is none: {what}", code="manifest-format")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BundleError("a text is none")
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:  # canonical JSON has none beyond 2^53
        raise BundleError("a number is none, or below 0")
    return value


def _moment(value: Any) -> int:
    return to_us(datetime.fromisoformat(value))  # one in another spelling than isoformat's does not come back
