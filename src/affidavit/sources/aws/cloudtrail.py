"""One CloudTrail event as OCSF: reads it, then lets the mapping of its operation build the class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.core.errors import EventError
from affidavit.sources.aws.call import read
from affidavit.sources.aws.mapping import (
    account_change,
    api_activity,
    authentication,
    detection_finding,
    group_management,
    user_access,
)
from affidavit.sources.aws.operations import is_name
from affidavit.sources.aws.remainder import drop_empty, inner, take
from affidavit.sources.values import json_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from affidavit.formats.ocsf.event import Event
    from affidavit.sources.aws.call import Call
    from affidavit.sources.aws.remainder import Document

    Build = Callable[[Call, int], Event | None]

_CLASSES: dict[tuple[str, str], tuple[Build, int]] = {}
for _build, _activities in (
    (authentication.event, authentication.ACTIVITIES),
    (account_change.event, account_change.ACTIVITIES),
    (group_management.event, group_management.ACTIVITIES),
    (user_access.event, user_access.ACTIVITIES),
):
    for _operation, _activity_id in _activities.items():
        _CLASSES[_operation] = (_build, _activity_id)
        if _operation[0] in {"signin", "sts"}:
            _CLASSES["", _operation[1]] = (_build, _activity_id)

_MEMBERS = {
    name.lower(): name
    for name in """additionalEventData apiVersion awsRegion errorCode errorMessage eventCategory eventID
    eventName eventSource eventTime eventType eventVersion insightDetails managementEvent readOnly
    recipientAccountId requestID requestParameters resources responseElements serviceEventDetails
    sharedEventID sourceIPAddress userAgent userIdentity""".split()  # noqa: SIM905 - words read better than a list of strings
}
"""Lower case to CloudTrail's own spelling: databases on the way fold the names of members."""


def map_event(raw: bytes, received_us: int) -> Event:
    """The OCSF event of one CloudTrail event; EventError for anything but an object that names an event."""
    event = json_object(raw)
    name = event.get("eventName")
    if name.__class__ is str and name:
        return _call(read(event, name, received_us))
    folded = _unfold(event)
    name = event.get("eventName")
    if name is None or name == "":
        mapped = _unnamed(event, received_us)
    else:
        mapped = _call(read(event, name if isinstance(name, str) else "", received_us))
    for proper, original in folded.items():
        if proper in event:
            event[original] = event.pop(proper)
    return mapped


def _call(call: Call) -> Event:
    """The narrowest class whose required attributes the call has."""
    operation = call.operation
    narrow = _CLASSES.get((operation.source, operation.name))
    if narrow is not None:
        build, activity_id = narrow
        mapped = build(call, activity_id)
        if mapped is not None:
            return mapped
    return api_activity.event(call)


def _unfold(event: Document) -> dict[str, str]:
    """Spell the event's members as CloudTrail does; which became which, to undo it for what remains."""
    folded = {}
    for original in list(event):
        proper = _MEMBERS.get(original.lower())
        if proper is not None and proper not in event:
            event[proper] = event.pop(original)
            folded[proper] = original
    return folded


def _unnamed(event: Document, received_us: int) -> Event:
    """Events that carry no eventName of their own: Insights, and the summaries of data events."""
    details = inner(event, "insightDetails")
    insight = take(details, "insightType") or take(event, "insightType")
    if insight is not None:
        state = _fit(details, "state", detection_finding.is_state) or _fit(
            event, "insightState", detection_finding.is_state
        )
        name = _fit(details, "eventName", is_name) or _fit(event, "insightEventName", is_name)
        source = _fit(details, "eventSource", is_name) or _fit(event, "insightEventSource", is_name)
        drop_empty(event, "insightDetails")
        if source is not None:
            event.setdefault("eventSource", source)
        return detection_finding.event(read(event, name or "", received_us), insight, state)
    kind = event.get("eventType")
    if not isinstance(kind, str) or not kind:
        raise EventError("neither eventName nor eventType: not a CloudTrail event", code="no-event-name")
    return _call(read(event, kind, received_us))


def _fit(document: Document | None, member: str, fits: Callable[[str], bool]) -> str | None:
    """Pop the text `member` where it fits; leave it otherwise."""
    value = None if document is None else document.get(member)
    if document is None or not isinstance(value, str) or not fits(value):
        return None
    del document[member]
    return value
