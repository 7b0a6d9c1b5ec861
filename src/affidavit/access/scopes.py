"""Scopes: what a token may do, one word each.

`ingest:NAME` sends records of one declared source, `ingest:*` of every one; `read` reads everything of the
tenant; `admin` declares sources and makes tokens. No scope includes another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NewType

from affidavit.core.errors import UsageError
from affidavit.core.ids import source_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from affidavit.core.ids import SourceName

Scope = NewType("Scope", str)

READ = Scope("read")
ADMIN = Scope("admin")
INGEST_ANY = Scope("ingest:*")
OWNER = frozenset({ADMIN, READ, INGEST_ANY})
"""What the first token of a data directory may do: everything."""


def ingest(source: SourceName) -> Scope:
    """The scope that sends records of `source`."""
    return Scope(f"ingest:{source}")


def scope(text: str) -> Scope:
    """The scope that `text` spells; UsageError where it spells none."""
    if text in OWNER:
        return Scope(text)
    verb, colon, name = text.partition(":")
    if verb != "ingest" or not colon:
        raise UsageError(
            f"{text[:80]!r} is not a scope",
            code="scope",
            hint="Scopes are ingest:NAME, ingest:*, read and admin.",
        )
    return ingest(source_name(name))


def checked_scopes(texts: Iterable[str]) -> tuple[Scope, ...]:
    """The scopes that `texts` spell, at least one, each once and in order; UsageError otherwise."""
    found = tuple(sorted({scope(text) for text in texts}))
    if not found:
        raise UsageError(
            "a token needs at least one scope",
            code="scope",
            hint="Scopes are ingest:NAME, ingest:*, read and admin.",
        )
    return found


def covers(held: frozenset[Scope], asked: str) -> bool:
    """Whether who holds `held` may do `asked`."""
    return asked in held or (asked.startswith("ingest:") and INGEST_ANY in held)
