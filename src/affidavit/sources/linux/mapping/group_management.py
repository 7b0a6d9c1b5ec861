"""Group Management (3006): local groups are made, removed, and gain or lose members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_iam import GroupManagement
from affidavit.formats.ocsf.objects import Actor, Group, User
from affidavit.sources.linux.subjects import always, process, remainder, user

if TYPE_CHECKING:
    from affidavit.sources.linux.families import Family, Found, Saying

ADD_USER, REMOVE_USER, DELETE, CREATE, OTHER = 3, 4, 5, 6, 99
"""activity_id."""


def group_management(saying: Saying, family: Family, found: Found) -> GroupManagement:
    """The event of a line about a group."""
    by = found.pop("by", None)
    return GroupManagement(
        **always(saying, family),
        actor=Actor(
            user=User(name=by) if by else None,
            process=process(saying),
            app_name=saying.line.program or "syslog",
        ),
        group=Group(name=found.pop("group"), uid=found.pop("gid", None)),
        user=user(found) if "user" in found else None,
        unmapped=remainder(saying, found),
    )
