"""Group Management (3006): teams and the membership of teams and organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_iam import GroupManagement
from affidavit.formats.ocsf.objects import Group, ResourceDetails
from affidavit.sources.github.mapping.placing import put_back
from affidavit.sources.github.principal import subject
from affidavit.sources.github.taking import text

if TYPE_CHECKING:
    from affidavit.sources.github.frame import Frame

PROFILES: tuple[str, ...] = ()
_UNKNOWN_GROUP = Group(name="Unknown")


def build(frame: Frame) -> GroupManagement:
    """The group is the team, else the organisation or enterprise; the resource is the repository."""
    groups = [one for one in frame.things if one.type != "repository"]
    repository = next((one for one in frame.things if one.type == "repository"), None)
    group = _UNKNOWN_GROUP
    if groups:
        chosen = groups.pop(0)
        group = Group(uid=chosen.uid, name=chosen.name, type=chosen.type)
        if groups and chosen.type == "team" and groups[0].name is not None and groups[0].uid is None:
            group.domain = groups.pop(0).name
    put_back(frame, groups)
    permission = text(frame.event, "permission")
    event = GroupManagement(
        activity_id=frame.activity_id,
        metadata=frame.metadata,
        severity_id=1,
        time=frame.time,
        group=group,
    )
    event.user = subject(frame.event)
    event.privileges = None if permission is None else [permission]
    if repository is not None:
        event.resource = ResourceDetails(uid=repository.uid, name=repository.name, type=repository.type)
    frame.finish(event)
    return event
