"""Who acted, from where and with what: read once for all events that say it in the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from affidavit.formats.ocsf.shared import Shared, encoded, shared
from affidavit.sources.okta.origin import origin
from affidavit.sources.okta.principal import actor_user
from affidavit.sources.remembering import remembered

if TYPE_CHECKING:
    from affidavit.formats.ocsf.objects import NetworkEndpoint, User
    from affidavit.sources.okta.event import LogEvent

_BETWEEN = b"\0"
"""Stands in no JSON."""


class Presence(msgspec.Struct, frozen=True, gc=False):
    """An actor and the origin of a request; shared between events, so read only."""

    user: Shared[User] | None
    endpoint: Shared[NetworkEndpoint] | None
    user_agent: str | None
    program: str | None
    client_uid: str | None
    unmapped: dict[str, Any]
    """What of it has no place in OCSF, each value encoded."""


def presence(event: LogEvent) -> Presence:
    """What the undecoded `actor`, `client`, `securityContext` and `request` of an event tell; empty where absent."""
    return _read(_BETWEEN.join((event.actor, event.client, event.security_context, event.request)))


@remembered(8192)
def _read(joined: bytes) -> Presence:
    actor, client, security, request = joined.split(_BETWEEN)
    user, left_of_actor = actor_user(actor)
    where = origin(client, security, request)
    unmapped = where.unmapped if left_of_actor is None else where.unmapped | {"actor": left_of_actor}
    return Presence(
        user,
        None if where.endpoint is None else shared(where.endpoint),
        where.user_agent,
        where.program,
        where.client_uid,
        {name: encoded(value) for name, value in unmapped.items()},
    )
