"""What every OCSF event class has."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar

import msgspec

if TYPE_CHECKING:
    from affidavit.formats.ocsf.objects import Metadata

STATUS = {0: "Unknown", 1: "Success", 2: "Failure", 99: "Other"}
"""Captions of status_id."""


RARE = "\x7f"
"""A character that hardly any event holds."""
MARKS = tuple(f"{RARE}{part}-{os.urandom(8).hex()}" for part in ("actor", "target", "detail"))
"""Names of the fields of every event class that stand, always encoded as 0, before the first attribute of a
part. `formats.record.parts.split` cuts there. They are random, so that no vendor's key is ever one of them;
and they begin with RARE, so that they are soon found."""


def mark(part: int) -> int:
    """The field that stands before a part: 0 actor, 1 target, 2 detail."""
    field: int = msgspec.field(name=MARKS[part], default_factory=int)
    return field


class Event(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """An OCSF event; the attributes of its class, of which None means absent.

    What follows from the class and the activity (class_uid, type_uid and their captions) is not a field:
    `formats.record.parts.split` adds it to the facts. Events and their objects are trees, so nothing is left for
    the garbage collector to look for.
    """

    CLASS_UID: ClassVar[int] = 0
    CLASS_NAME: ClassVar[str] = "Base Event"
    CATEGORY_UID: ClassVar[int] = 0
    CATEGORY_NAME: ClassVar[str] = "Uncategorized"
    ACTIVITIES: ClassVar[dict[int, str]] = {0: "Unknown", 99: "Other"}

    activity_id: int
    metadata: Metadata
    severity_id: int
    time: int
    """When it happened, milliseconds since 1970."""
