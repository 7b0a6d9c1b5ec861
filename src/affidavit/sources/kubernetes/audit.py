"""One audit event as OCSF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.core.errors import EventError
from affidavit.sources.kubernetes.bindings import granted
from affidavit.sources.kubernetes.mapping import api_activity, group_management, user_access
from affidavit.sources.kubernetes.request import read
from affidavit.sources.values import json_object

if TYPE_CHECKING:
    from affidavit.formats.ocsf.event import Event


def map_event(raw: bytes, received_us: int) -> Event:
    """The OCSF event of one audit event; EventError for anything but an object with a verb or a kind."""
    event = json_object(raw)
    if not event.get("verb") and not event.get("kind"):
        raise EventError("neither verb nor kind: not a Kubernetes audit event", code="no-verb")
    request = read(event, received_us)
    grant = granted(request)
    if grant is None:
        return api_activity.event(request)
    if grant.kind == "Group":
        return group_management.event(request, grant)
    return user_access.event(request, grant)
