"""API Activity (6003): git operations, workflow runs and API requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_application import ApiActivity
from affidavit.formats.ocsf.objects import Actor, Api, NetworkEndpoint
from affidavit.sources.github.mapping.placing import resources
from affidavit.sources.github.principal import UNKNOWN_USER

if TYPE_CHECKING:
    from affidavit.sources.github.frame import Frame

PROFILES: tuple[str, ...] = ()
_UNKNOWN_ENDPOINT = NetworkEndpoint(name="Unknown")


def build(frame: Frame) -> ApiActivity:
    """The operation is the action; repository, team, organisation and enterprise are resources."""
    frame.actor = frame.actor or Actor(user=UNKNOWN_USER)
    frame.src_endpoint = frame.src_endpoint or _UNKNOWN_ENDPOINT
    event = ApiActivity(
        activity_id=frame.activity_id,
        metadata=frame.metadata,
        severity_id=1,
        time=frame.time,
        actor=frame.actor,
        api=Api(operation=frame.action),
        src_endpoint=frame.src_endpoint,
    )
    event.resources = resources(frame)
    frame.finish(event)
    return event
