"""Account Change (3001): users created, activated, locked, deleted; passwords and factors changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from affidavit.formats.ocsf.classes_iam import AccountChange
from affidavit.formats.ocsf.objects import Account, Policy
from affidavit.sources.okta.event import Party
from affidavit.sources.okta.principal import UNKNOWN_USER, user_of

if TYPE_CHECKING:
    from affidavit.sources.okta.frame import Frame

PROFILES: tuple[str, ...] = ()
_USERS = ("User", "AppUser")


def build(frame: Frame) -> AccountChange:
    """The account is the first target that is a user, or the actor's own."""
    left: list[Party] = []
    user = policy = account = None
    for party in frame.targets:
        if party.type in _USERS and user is None and (user := user_of(party)) is not None:
            if party.detail_entry:
                left.append(Party(id=party.id, detail_entry=party.detail_entry))
        elif party.type == "AppInstance" and account is None and party.id and not party.detail_entry:
            account = Account(uid=party.id, name=party.display_name or None, type=party.type)
            if party.alternate_id not in (None, party.display_name):
                left.append(Party(id=party.id, alternate_id=party.alternate_id))
        elif party.type == "PolicyEntity" and policy is None and party.id and not party.detail_entry:
            policy = [Policy(uid=party.id, name=party.display_name or None, type=party.type)]
            if party.alternate_id not in (None, party.display_name):
                left.append(Party(id=party.id, alternate_id=party.alternate_id))
        else:
            left.append(party)
    user = user or frame.user or UNKNOWN_USER
    event = AccountChange(
        activity_id=frame.activity_id,
        metadata=frame.metadata,
        severity_id=frame.severity_id,
        time=frame.time,
        user=user.encoded if account is None else msgspec.structs.replace(user.value, account=account),
    )
    event.policies = policy
    frame.finish(event, left)
    return event
