"""Entity Management (3004): applications, policies, zones, tokens, devices and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_iam import EntityManagement
from affidavit.formats.ocsf.objects import ManagedEntity, Policy
from affidavit.sources.okta.principal import entity, group, user_of

if TYPE_CHECKING:
    from affidavit.sources.okta.event import Party
    from affidavit.sources.okta.frame import Frame

PROFILES: tuple[str, ...] = ()
_USER, _GROUP, _POLICY = "User", "UserGroup", "PolicyEntity"
_ORGANIZATION = 4


def build(frame: Frame) -> EntityManagement:
    """The entity is the first target that is no user, else the first; other targets hang on it."""
    targets = frame.targets
    first = next((party for party in targets if party.type != _USER), targets[0] if targets else None)
    managed = None if first is None else entity(first)
    left = (
        targets if managed is None else _related(managed, [party for party in targets if party is not first])
    )
    event = EntityManagement(
        activity_id=frame.activity_id,
        metadata=frame.metadata,
        severity_id=frame.severity_id,
        time=frame.time,
        entity=managed or ManagedEntity(name="Okta organization", type="Organization", type_id=_ORGANIZATION),
    )
    frame.finish(event, left)
    return event


def _related(managed: ManagedEntity, others: list[Party]) -> list[Party]:
    """Hang the first other user, group and policy on the entity; the rest is handed back."""
    left: list[Party] = []
    for party in others:
        if party.type == _USER and managed.user is None and not party.detail_entry:
            user = user_of(party)
            taken = user is not None
            managed.user = None if user is None else user.encoded
        elif party.type == _GROUP and managed.group is None and not party.detail_entry:
            managed.group = group(party)
            taken = managed.group is not None
        elif party.type == _POLICY and managed.policy is None and party.id and not party.detail_entry:
            managed.policy = Policy(uid=party.id, name=party.display_name or None, type=_POLICY)
            taken = party.alternate_id in (None, "", "unknown", party.display_name)
        else:
            taken = False
        if not taken:
            left.append(party)
    return left
