"""Application Error (6008): a program of the host reports that something of its own went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_application import ApplicationError
from affidavit.sources.linux.subjects import always, remainder

if TYPE_CHECKING:
    from affidavit.sources.linux.families import Family, Found, Saying

GENERAL = 1
"""activity_id."""


def error(saying: Saying, family: Family, found: Found) -> ApplicationError:
    """The event of a line about a fault of the program that wrote it."""
    if saying.line.program:
        found["program"] = saying.line.program
    if saying.line.pid is not None:
        found["pid"] = str(saying.line.pid)
    return ApplicationError(
        **always(saying, family),
        status_detail=found.pop("reason", None),
        unmapped=remainder(saying, found),
    )
