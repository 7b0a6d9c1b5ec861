"""Object names: slash paths that no implementation can be led outside its root with."""

from __future__ import annotations

import re

from affidavit.core.errors import UsageError

MAX_NAME_BYTES = 1024
"""As in S3."""
MAX_PART_BYTES = 255
"""As in every common file system."""
_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")
"""Names as this project makes them, which are told at a glance."""


def checked(name: str) -> str:
    """The name if it is one; UsageError otherwise.

    Parts between slashes are 1 to 255 bytes of printable characters and do not begin with a dot, which keeps
    out `..`, hidden files and a store's own temporary files.
    """
    if _PLAIN.fullmatch(name) and len(name) <= MAX_PART_BYTES:
        return name
    if not name.isprintable() or len(name.encode()) > MAX_NAME_BYTES:
        raise _refused(name)
    for part in name.split("/"):
        if not part or part[0] == "." or len(part.encode()) > MAX_PART_BYTES:
            raise _refused(name)
    return name


def checked_range(name: str, start: int, end: int | None) -> None:
    """UsageError unless 0 <= start <= end."""
    if start < 0 or (end is not None and end < start):
        raise UsageError(f"{name}: no bytes lie from {start} to {end}", code="byte-range")


def _refused(name: str) -> UsageError:
    return UsageError(
        f"{name[:80]!r} is not an object name",
        code="object-name",
        hint="Use printable parts joined by single slashes, none of them empty or beginning with a dot.",
    )
