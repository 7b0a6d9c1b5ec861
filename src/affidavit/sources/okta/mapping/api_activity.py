"""API Activity (6003): what has no class of its own, such as messages sent, limits reached, reports read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_application import ApiActivity
from affidavit.formats.ocsf.objects import Actor, Api, ResourceDetails
from affidavit.sources.okta.origin import UNKNOWN_ENDPOINT
from affidavit.sources.okta.principal import UNKNOWN_USER, resource

if TYPE_CHECKING:
    from affidavit.sources.okta.event import Party
    from affidavit.sources.okta.frame import Frame

PROFILES: tuple[str, ...] = ()


def build(frame: Frame) -> ApiActivity:
    """The operation is the event type; each target is a resource."""
    resources, left = divide(frame.targets)
    frame.actor = frame.actor or Actor(user=UNKNOWN_USER.encoded)
    frame.src_endpoint = frame.src_endpoint or UNKNOWN_ENDPOINT
    event = ApiActivity(
        activity_id=frame.activity_id,
        metadata=frame.metadata,
        severity_id=frame.severity_id,
        time=frame.time,
        actor=frame.actor,
        api=Api(operation=frame.code),
        src_endpoint=frame.src_endpoint.encoded,
    )
    event.resources = resources or None
    frame.finish(event, left)
    return event


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
