"""The shape of a System Log event, typed, so that the usual one is read in a single pass.

Every member may be absent. An event with a member that is not here, or of another type, is still read:
see reading.py. What repeats from event to event (the actor, the client, its place, agent and network) stays
undecoded, so that it can be looked up by its bytes.
"""

from __future__ import annotations

import msgspec

Scalar = str | int | float | bool | None
ABSENT = msgspec.Raw(b"")
"""An undecoded member that was not there."""


class Shape(msgspec.Struct, rename="camel", forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """A JSON object whose members are all known."""


class Geolocation(Shape):
    """`geographicalContext.geolocation`, degrees."""

    lat: int | float | None = None
    lon: int | float | None = None


class GeographicalContext(Shape):
    """Where an address is, by Okta's own database."""

    city: str | None = None
    state: str | None = None
    country: str | None = None
    postal_code: str | None = None
    geolocation: Geolocation | None = None


class UserAgent(Shape):
    """`client.userAgent`: the header and what Okta reads out of it."""

    raw_user_agent: str | None = None
    os: str | None = None
    browser: str | None = None


class Client(Shape):
    """Who called: address and agent. `id` is the OAuth client, where one was used."""

    user_agent: msgspec.Raw = ABSENT
    zone: str | None = None
    device: str | None = None
    id: str | None = None
    ip_address: str | None = None
    geographical_context: msgspec.Raw = ABSENT


class Party(Shape):
    """An actor or a target."""

    id: str | None = None
    type: str | None = None
    alternate_id: str | None = None
    display_name: str | None = None
    detail_entry: dict[str, Scalar] | None = None


class Outcome(Shape):
    """What came of it, and why."""

    result: str | None = None
    reason: str | None = None


class SecurityContext(Shape):
    """The network behind the address."""

    as_number: int | None = None
    as_org: str | None = None
    isp: str | None = None
    domain: str | None = None
    is_proxy: bool | None = None


class AuthenticationContext(Shape):
    """The session and what it was opened with."""

    authentication_provider: str | None = None
    credential_provider: str | None = None
    credential_type: str | None = None
    issuer: dict[str, Scalar] | None = None
    interface: str | None = None
    authentication_step: int | None = None
    root_session_id: str | None = None
    external_session_id: str | None = None


class DebugContext(Shape):
    """Details that Okta does not promise to keep stable."""

    debug_data: dict[str, str | None] | None = None


class TransactionDetail(Shape):
    """The API token that a request came with."""

    request_api_token_id: str | None = None


class Transaction(Shape):
    """The request or job that an event belongs to."""

    type: str | None = None
    id: str | None = None
    detail: TransactionDetail | None = None


class Step(Shape):
    """One address that a request came through."""

    ip: str | None = None
    geographical_context: msgspec.Raw = ABSENT
    version: str | None = None
    source: str | None = None


class Request(Shape):
    """The addresses that a request came through, the client's first."""

    ip_chain: list[Step] | None = None


class LogEvent(Shape):
    """One event of the System Log."""

    actor: msgspec.Raw = ABSENT
    client: msgspec.Raw = ABSENT
    device: dict[str, Scalar] | None = None
    authentication_context: AuthenticationContext | None = None
    display_message: str | None = None
    event_type: str | None = None
    outcome: Outcome | None = None
    published: str | None = None
    security_context: msgspec.Raw = ABSENT
    severity: str | None = None
    debug_context: DebugContext | None = None
    legacy_event_type: str | None = None
    transaction: Transaction | None = None
    uuid: str | None = None
    version: str | None = None
    request: msgspec.Raw = ABSENT
    target: list[Party] | None = None
