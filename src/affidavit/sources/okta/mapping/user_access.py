"""User Access Management (3005): roles and applications given to users, and taken from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_iam import UserAccess
from affidavit.sources.okta.principal import UNKNOWN_USER, resource, user_of

if TYPE_CHECKING:
    from affidavit.formats.ocsf.objects import ResourceDetails
    from affidavit.sources.okta.event import Party
    from affidavit.sources.okta.frame import Frame

PROFILES: tuple[str, ...] = ()
_ROLES = ("ROLE", "Role", "CUSTOM_ROLE")
_APPLICATION_ACCESS = "Application access"
_SAID_IN = ("privilegeGranted", "privilegeRevoked")


def build(frame: Frame) -> UserAccess:
    """The user is the first target that is one; roles are privileges; every other target is a resource."""
    left: list[Party] = []
    resources: list[ResourceDetails] = []
    privileges = granted(frame)
    user = None
    for party in frame.targets:
        if party.type == "User" and user is None and not party.detail_entry:
            user = user_of(party)
            if user is not None:
                continue
        elif party.type in _ROLES and party.display_name:
            privileges.append(party.display_name)
        one = resource(party)
        if one is None:
            left.append(party)
        else:
            resources.append(one)
    event = UserAccess(
        activity_id=frame.activity_id,
        metadata=frame.metadata,
        severity_id=frame.severity_id,
        time=frame.time,
        user=(user or frame.user or UNKNOWN_USER).encoded,
        privileges=privileges or [_APPLICATION_ACCESS if frame.option == "application" else "Unknown"],
    )
    event.resources = resources or None
    frame.finish(event, left)
    return event


def granted(frame: Frame) -> list[str]:
    """The privileges that the debug data name, in the order given; each is taken out of `unmapped` whole."""
    context = frame.unmapped.get("debugContext")
    if context is None:
        return []
    debug = context["debugData"]
    named: list[str] = []
    for name in _SAID_IN:
        text = debug.pop(name, None)
        if text:
            named += [word.strip() for word in text.split(",")]
    if not debug:
        del frame.unmapped["debugContext"]
    return named
