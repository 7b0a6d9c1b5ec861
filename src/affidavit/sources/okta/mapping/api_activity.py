"""API Activity (6003): what has no class of its own, such as messages sent, limits reached, reports read."""

from __future__ import annotations

from affidavit.formats.ocsf.classes_application import ApiActivity
from affidavit.formats.ocsf.objects import Actor, Api, ResourceDetails
from affidavit.sources.okta.event import Party
from affidavit.sources.okta.frame import Frame
from affidavit.sources.okta.origin import UNKNOWN_ENDPOINT
from affidavit.sources.okta.principal import UNKNOWN_USER, resource

PROFILES: tuple[str, ...] = ()


def build(frame: Frame) -> ApiActivity:
    """The operation is the event type; each target is a resource."""
    resources, left = divide(frame.targets)
    return ApiActivity(
        activity_id=frame.activity_id,
        metadata=frame.metadata,
        severity_id=frame.severity_id,
        severity=frame.severity,
        time=frame.time,
        timezone_offset=frame.timezone_offset,
        status_id=frame.status_id,
        status=frame.status,
        status_detail=frame.status_detail,
        message=frame.message,
        actor=frame.actor or Actor(user=UNKNOWN_USER),
        api=Api(operation=frame.code),
        src_endpoint=frame.src_endpoint or UNKNOWN_ENDPOINT,
        http_request=frame.http_request,
        device=frame.device,
        resources=resources or None,
        unmapped=frame.rest(left),
    )


def divide(targets: list[Party]) -> tuple[list[ResourceDetails], list[Party]]:
    """(the targets as resources, those that have neither id nor name)."""
    resources: list[ResourceDetails] = []
    left: list[Party] = []
    for party in targets:
        one = resource(party)
        if one is None:
            left.append(party)
        else:
            resources.append(one)
    return resources, left
