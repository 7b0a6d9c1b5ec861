"""Detection Finding (2004): alerts of secret scanning, code scanning and Dependabot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_findings import DetectionFinding
from affidavit.formats.ocsf.objects import Device, Evidences, FindingInfo
from affidavit.sources.github.mapping.placing import resources
from affidavit.sources.github.taking import first

if TYPE_CHECKING:
    from affidavit.sources.github.frame import Frame

PROFILES: tuple[str, ...] = ("host",)
_STATUS = {1: (1, "New"), 3: (4, "Resolved")}
_OTHER = (99, "Other")
_MEDIUM = 3
_UIDS = ("alert_number", "alert_id", "number", "ghsa_id")


def build(frame: Frame) -> DetectionFinding:
    """A finding is known by its alert's number in the repository, else by the event."""
    number = first(frame.event, *_UIDS)
    source = frame.src_endpoint
    event = DetectionFinding(
        activity_id=frame.activity_id,
        metadata=frame.metadata,
        severity_id=_MEDIUM,
        time=frame.time,
        finding_info=FindingInfo(
            uid=number or frame.metadata.uid or f"{frame.action}/{frame.time}",
            title=frame.action,
            types=[frame.action],
        ),
    )
    event.severity = "Medium"
    event.timezone_offset = frame.timezone_offset
    event.status_id, event.status = _STATUS.get(frame.activity_id, _OTHER)
    event.status_detail = frame.status_detail
    event.is_alert = True
    event.actor = frame.actor
    if source is not None and source.ip is not None:
        event.device = Device(type_id=0, ip=source.ip, location=source.location)
    if frame.actor is not None or source is not None or frame.http_request is not None:
        event.evidences = [Evidences(actor=frame.actor, src_endpoint=source, http_request=frame.http_request)]
    event.resources = resources(frame)
    event.unmapped = frame.rest()
    return event
