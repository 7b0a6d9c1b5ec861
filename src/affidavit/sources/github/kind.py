"""The source type `github.audit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.core.errors import EventError
from affidavit.core.ids import SourceType
from affidavit.sources.github.actions import activity, rule
from affidavit.sources.github.frame import frame
from affidavit.sources.interface import SourceKind
from affidavit.sources.values import json_object

if TYPE_CHECKING:
    from affidavit.formats.ocsf.event import Event


def map_event(raw: bytes, received_us: int) -> Event:
    """The OCSF event of one audit log event; EventError where `raw` is none."""
    event = json_object(raw)
    action = event.pop("action", None)
    if not isinstance(action, str) or not action:
        raise EventError("no action: not a GitHub audit log event", code="no-action")
    chosen = rule(action)
    mapped: Event = chosen.build(
        frame(
            event,
            received_us=received_us,
            action=action,
            activity_id=activity(chosen, event.get("operation_type")),
            failed=chosen.failed,
            profiles=chosen.profiles,
        )
    )
    return mapped


KIND = SourceKind(
    type=SourceType("github.audit"),
    title="GitHub audit log",
    version=1,
    framing="json",
    envelope=None,
    map=map_event,
)
