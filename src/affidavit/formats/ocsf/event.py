"""What every OCSF event class has."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec

if TYPE_CHECKING:
    from affidavit.formats.ocsf.objects import Metadata

STATUS = {0: "Unknown", 1: "Success", 2: "Failure", 99: "Other"}
"""Captions of status_id."""


class Event(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An OCSF event; the attributes of its class, of which None means absent.

    What follows from the class and the activity (class_uid, type_uid and their captions) is not a field:
    `formats.record.parts.split` adds it to the facts.
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
