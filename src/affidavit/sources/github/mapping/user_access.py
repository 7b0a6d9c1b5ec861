"""User Access Management (3005): roles on repositories, organisations and enterprises given and taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_iam import UserAccess
from affidavit.sources.github.mapping.placing import resources
from affidavit.sources.github.principal import UNKNOWN_USER, subject
from affidavit.sources.github.taking import text

if TYPE_CHECKING:
    from affidavit.sources.github.frame import Frame

PROFILES: tuple[str, ...] = ()
_SAID_IN = ("permission", "new_permission", "new_repo_permission", "role", "organization_role_name")
_MEANT = (
    "admin",
    "owner",
    "billing_manager",
    "outside_collaborator",
    "maintainer",
    "moderator",
    "credential",
    "token",
)
_MEMBER = "member"


def build(frame: Frame) -> UserAccess:
    """The privilege is the role that the event names, else the one that its action does."""
    named = [role for role in (text(frame.event, name) for name in _SAID_IN) if role is not None]
    event = UserAccess(
        activity_id=frame.activity_id,
        metadata=frame.metadata,
        severity_id=1,
        time=frame.time,
        user=subject(frame.event) or frame.user or UNKNOWN_USER,
        privileges=named or [next((role for role in _MEANT if role in frame.action), _MEMBER)],
    )
    event.resources = resources(frame)
    frame.finish(event)
    return event
