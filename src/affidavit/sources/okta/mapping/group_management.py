"""Group Management (3006): groups made and deleted, members, privileges and applications given to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_iam import GroupManagement
from affidavit.formats.ocsf.objects import Group, ResourceDetails, User
from affidavit.sources.okta.mapping.user_access import granted
from affidavit.sources.okta.principal import group, resource, user_of

if TYPE_CHECKING:
    from affidavit.formats.ocsf.shared import Shared
    from affidavit.sources.okta.event import Party
    from affidavit.sources.okta.frame import Frame

PROFILES: tuple[str, ...] = ()
_GROUPS = ("UserGroup", "AppGroup", "Group")
_USERS = ("User", "AppUser")
_UNKNOWN_GROUP = Group(name="Unknown")


def build(frame: Frame) -> GroupManagement:
    """The group is the first target that is one; then the member, and the application or role concerned."""
    left: list[Party] = []
    whole: Group | None = None
    member: Shared[User] | None = None
    other: ResourceDetails | None = None
    for party in frame.targets:
        if party.type in _GROUPS and whole is None and not party.detail_entry:
            whole = group(party)
            taken = whole is not None
        elif party.type in _USERS and member is None and not party.detail_entry:
            member = user_of(party)
            taken = member is not None
        else:
            taken = other is None and (other := resource(party)) is not None
        if not taken:
            left.append(party)
    event = GroupManagement(
        activity_id=frame.activity_id,
        metadata=frame.metadata,
        severity_id=frame.severity_id,
        time=frame.time,
        group=whole or _UNKNOWN_GROUP,
    )
    event.user = None if member is None else member.encoded
    event.resource = other
    event.privileges = granted(frame) or None
    frame.finish(event, left)
    return event
