"""Detection Finding (2004): threats, attacks and reused tokens that Okta noticed, activity users reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_findings import DetectionFinding
from affidavit.formats.ocsf.objects import Device, Evidences, FindingInfo
from affidavit.sources.okta.mapping.api_activity import divide

if TYPE_CHECKING:
    from affidavit.sources.okta.frame import Frame

PROFILES: tuple[str, ...] = ("host", "security_control")
_NEW = 1
_FAILED = 2
_DENIED, _OBSERVED = (2, "Denied"), (3, "Observed")


def build(frame: Frame) -> DetectionFinding:
    """A new finding. What Okta did about it is the action; its own outcome and address are in the evidence.

    The status of a finding is where its handling stands, so `outcome.result` is kept among the evidence.
    """
    resources, left = divide(frame.targets)
    source = None if frame.src_endpoint is None else frame.src_endpoint.value
    machine = frame.device
    if machine is None and source is not None and source.ip is not None:
        machine = Device(type_id=source.type_id or 0, ip=source.ip, location=source.location)
    event = DetectionFinding(
        activity_id=frame.activity_id,
        metadata=frame.metadata,
        severity_id=frame.severity_id,
        time=frame.time,
        finding_info=FindingInfo(
            uid=frame.metadata.uid or f"{frame.code}/{frame.time}",
            title=frame.message or frame.code,
            types=[frame.code],
        ),
    )
    event.severity = frame.severity
    event.timezone_offset = frame.timezone_offset
    event.status_id, event.status = _NEW, "New"
    event.status_detail = frame.status_detail
    event.message = frame.message
    event.action_id, event.action = _DENIED if frame.status_id == _FAILED else _OBSERVED
    event.is_alert = True
    event.actor = frame.actor
    event.device = machine
    event.evidences = [
        Evidences(
            actor=frame.actor,
            src_endpoint=source,
            http_request=frame.http_request,
            data={"outcome": frame.status},
        )
    ]
    event.resources = resources or None
    event.unmapped = frame.rest(left)
    return event
