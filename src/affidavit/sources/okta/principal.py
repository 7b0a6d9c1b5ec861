"""Actors and targets as OCSF users, groups, services, resources and managed entities.

Okta's placeholders (`unknown` for an absent alternate id) are dropped; a type that is a person is type User.
"""

from __future__ import annotations

from typing import Any

from affidavit.formats.ocsf.objects import Group, ManagedEntity, ResourceDetails, Service, User
from affidavit.formats.ocsf.shared import Shared, shared
from affidavit.sources.okta.event import Party
from affidavit.sources.okta.reading import part
from affidavit.sources.remembering import remembered
from affidavit.sources.values import is_email

UNKNOWN_USER = shared(User(name="Unknown", type_id=0))
"""Stands where OCSF requires a user and the event names none."""
PLACEHOLDER = "unknown"

_USER_TYPES = {"User": 1, "AppUser": 1, "SystemPrincipal": 3, "System": 3}
_SERVICE = 4
_ENTITY_TYPES = {
    "Device": 1, "UDDevice": 1, "User": 2, "AppUser": 2, "UserGroup": 3, "AppGroup": 3, "Organization": 4,
    "Org": 4, "PolicyEntity": 5, "Policy": 5, "PolicyRule": 5, "Rule": 5, "NetworkZone": 7, "Zone": 7,
}  # fmt: skip
_OTHER = 99


@remembered(16384)
def user(uid: str | None, login: str | None, display: str | None, kind: str | None) -> Shared[User] | None:
    """Who that is; None where nothing identifies anyone."""
    name = login or (None if uid else display)
    if not uid and not name:
        return None
    return shared(
        User(
            uid=uid or None,
            name=name,
            display_name=display or None,
            email_addr=login if login and is_email(login) else None,
            type=kind or None,
            type_id=None if not kind else _USER_TYPES.get(kind, _SERVICE),
        )
    )


@remembered(16384)
def actor_user(raw: bytes) -> tuple[Shared[User] | None, Any]:
    """(the user that an undecoded actor is, what a user does not hold of it)."""
    if not raw:
        return None, None
    party, rest = part(raw, Party)
    who = user_of(party)
    left: dict[str, Any] = {}
    if party.detail_entry:
        left["detailEntry"] = party.detail_entry
    if who is None and party.type:
        left["type"] = party.type
    if isinstance(rest, dict):
        return who, left | rest or None
    return who, rest if rest is not None else left or None


def user_of(party: Party) -> Shared[User] | None:
    """A party as a user."""
    return user(party.id, party.alternate_id, party.display_name, party.type)


def _alternate(party: Party) -> str | None:
    """The alternate id where it says more than the name."""
    other = party.alternate_id
    return None if not other or other in (PLACEHOLDER, party.display_name, party.id) else other


def _name(party: Party) -> str | None:
    return party.display_name or party.alternate_id or None


def group(party: Party) -> Group | None:
    """A party as a group; None where it has neither id nor name."""
    name = _name(party)
    if not party.id and not name:
        return None
    return Group(uid=party.id or None, name=name, uid_alt=_alternate(party), type=party.type or None)


def service(party: Party) -> Service | None:
    """An application as the service that is signed in to; None where it has neither id nor name."""
    name = _name(party)
    if not party.id and not name:
        return None
    other = _alternate(party)
    return Service(uid=party.id or None, name=name, labels=None if other is None else [other])


def resource(party: Party) -> ResourceDetails | None:
    """A party as a resource, with its details; None where it has neither id nor name."""
    name = _name(party)
    if not party.id and not name:
        return None
    return ResourceDetails(
        uid=party.id or None,
        name=name,
        type=party.type or None,
        uid_alt=_alternate(party),
        data=party.detail_entry or None,
    )


def entity(party: Party) -> ManagedEntity | None:
    """A party as the thing that is managed, with its details; None where it has neither id nor name."""
    name = _name(party)
    if not party.id and not name:
        return None
    kind = party.type or None
    data = dict(party.detail_entry or {})
    if other := _alternate(party):
        data["alternateId"] = other
    type_id = _ENTITY_TYPES.get(kind or "", _OTHER)
    user = user_of(party) if kind == "User" else None
    return ManagedEntity(
        uid=party.id or None,
        name=name,
        type=kind,
        type_id=type_id,
        data=data or None,
        user=None if user is None else user.encoded,
    )
