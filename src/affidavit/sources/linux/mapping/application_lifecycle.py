"""Application Lifecycle (6002): a program of the host starts, stops, or says something else about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_application import ApplicationLifecycle
from affidavit.formats.ocsf.objects import Actor, Product
from affidavit.sources.linux.subjects import always, process, remainder

if TYPE_CHECKING:
    from affidavit.sources.linux.families import Family, Found, Saying

START, STOP, RESTART, OTHER = 3, 4, 5, 99
"""activity_id."""


def lifecycle(saying: Saying, family: Family, found: Found) -> ApplicationLifecycle:
    """The event of a line about the program that wrote it."""
    program = process(saying)
    return ApplicationLifecycle(
        **always(saying, family),
        actor=None if program is None else Actor(process=program),
        app=Product(name=saying.program or "syslog"),
        status_detail=found.pop("reason", None),
        unmapped=remainder(saying, found),
    )
