"""Putting the repositories, teams and organisations of an event where a class has room for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from affidavit.formats.ocsf.objects import Organization, ResourceDetails, User
from affidavit.sources.github.principal import UNKNOWN_USER

if TYPE_CHECKING:
    from affidavit.sources.github.frame import Frame, Thing


def resources(frame: Frame) -> list[ResourceDetails] | None:
    """Each thing as a resource."""
    return [ResourceDetails(uid=one.uid, name=one.name, type=one.type) for one in frame.things] or None


def organization(frame: Frame) -> Organization | None:
    """The organisation, else the enterprise, taken out of the things."""
    for one in frame.things:
        if one.type in ("organization", "enterprise"):
            frame.things.remove(one)
            return Organization(uid=one.uid, name=one.name)
    return None


def put_back(frame: Frame, things: list[Thing]) -> None:
    """Leave things that a class has no room for in `unmapped`, under their own names."""
    for one in things:
        for name, value in one.raw.items():
            there = frame.event.get(name)
            frame.event[name] = (
                there | value if isinstance(there, dict) and isinstance(value, dict) else value
            )


def with_org(frame: Frame, user: User) -> User:
    """`user` as a member of the event's organisation; other things stay in `unmapped`."""
    org = organization(frame)
    put_back(frame, frame.things)
    return user if org is None or user is UNKNOWN_USER else msgspec.structs.replace(user, org=org)
