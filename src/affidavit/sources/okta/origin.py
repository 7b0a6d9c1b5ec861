"""Where a request came from: address, place, network and agent, kept by the bytes they were read from.

The caches hold what the last few thousand events said; nothing of them is stored.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from affidavit.formats.ocsf.objects import AutonomousSystem, Location, NetworkEndpoint, Os
from affidavit.formats.ocsf.shared import shared
from affidavit.sources.okta.event import (
    Client,
    GeographicalContext,
    Request,
    SecurityContext,
    Step,
    UserAgent,
)
from affidavit.sources.okta.reading import part
from affidavit.sources.remembering import remembered
from affidavit.sources.values import is_ip

UNKNOWN_ENDPOINT = shared(NetworkEndpoint(name="Unknown"))
"""Stands where OCSF requires a source and the event names none."""

_NOT_STATED = frozenset({None, "", "null", "Unknown", "UNKNOWN", "unknown"})
_DEVICES = {"Computer": 2, "Mobile": 5, "Tablet": 4}
_OTHER = 99
_SYSTEMS = (
    ("Mac", 300), ("OS X", 300), ("iOS", 301), ("iPad", 302), ("Windows Mobile", 101), ("Windows Phone", 101),
    ("Windows", 100), ("Android", 201), ("Linux", 200), ("Ubuntu", 200), ("Fedora", 200), ("Debian", 200),
)  # fmt: skip


class Place(NamedTuple):
    """A geographical context, and what of it has no place in OCSF."""

    location: Location | None
    rest: Any


class Agent(NamedTuple):
    """A user agent: the header, the system and program that Okta sees in it."""

    header: str | None
    os: Os | None
    program: str | None
    rest: Any


class Network(NamedTuple):
    """A security context."""

    system: AutonomousSystem | None
    isp: str | None
    domain: str | None
    rest: Any


@remembered(16384)
def place(raw: bytes) -> Place:
    """What `geographicalContext` says."""
    geo, rest = part(raw, GeographicalContext)
    if not (geo.city or geo.country or geo.postal_code or geo.state):
        if geo.geolocation is not None:
            rest = {"geolocation": geo.geolocation} | (rest if isinstance(rest, dict) else {})
        return Place(None, rest)
    point = geo.geolocation
    location = Location(
        city=geo.city or None,
        country=geo.country or None,
        postal_code=geo.postal_code or None,
        region=geo.state or None,
        lat=None if point is None else point.lat,
        long=None if point is None else point.lon,
    )
    return Place(location, rest)


@remembered(16384)
def agent(raw: bytes) -> Agent:
    """What `client.userAgent` says."""
    said, rest = part(raw, UserAgent)
    return Agent(
        said.raw_user_agent or None,
        None if said.os is None or said.os in _NOT_STATED else operating_system(said.os),
        None if said.browser in _NOT_STATED else said.browser,
        rest,
    )


@remembered(4096)
def network(raw: bytes) -> Network:
    """What `securityContext` says."""
    said, rest = part(raw, SecurityContext)
    if said.is_proxy is not None:
        rest = {"isProxy": said.is_proxy} | (rest if isinstance(rest, dict) else {})
    system = None
    if said.as_number is not None or said.as_org:
        system = AutonomousSystem(number=said.as_number, name=said.as_org or None)
    return Network(system, said.isp or None, said.domain or None, rest)


@remembered(1024)
def operating_system(name: str) -> Os:
    """The system of that name, such as `Mac OS 14.5.0 (Sonoma)`."""
    return Os(name=name, type_id=next((uid for prefix, uid in _SYSTEMS if name.startswith(prefix)), _OTHER))


class Origin(NamedTuple):
    """The source of a request, and what of it has no place in OCSF; shared between events, so read only."""

    endpoint: NetworkEndpoint | None
    user_agent: str | None
    program: str | None
    client_uid: str | None
    unmapped: dict[str, Any]


_VERSIONS = frozenset({None, "V4", "V6"})
_NOWHERE = Place(None, None)
_NO_AGENT = Agent(None, None, None, None)
_NO_NETWORK = Network(None, None, None, None)


@remembered(8192)
def origin(raw_client: bytes, security: bytes, raw_request: bytes) -> Origin:
    """The source that the undecoded `client`, `securityContext` and `request` tell; empty where absent."""
    client, left = part(raw_client or b"null", Client)
    geo = bytes(client.geographical_context)
    where = place(geo) if geo else _NOWHERE
    said = bytes(client.user_agent)
    who = agent(said) if said else _NO_AGENT
    net = network(security) if security else _NO_NETWORK
    unmapped: dict[str, Any] = {}
    odd: dict[str, Any] = {}
    ip, device = client.ip_address or None, client.device
    if ip is not None and not is_ip(ip):
        odd["ipAddress"] = ip
        ip = None
    if where.rest is not None:
        odd["geographicalContext"] = where.rest
    if who.rest is not None:
        odd["userAgent"] = who.rest
    if net.rest is not None:
        unmapped["securityContext"] = net.rest
    between = _chain(raw_request, ip, geo, unmapped) if raw_request else None
    zone = client.zone
    stated = device in _NOT_STATED
    endpoint = None
    if ip or not stated or where.location or net.system or net.isp or net.domain or who.os or between:
        endpoint = NetworkEndpoint(
            ip=ip,
            name=None if ip or net.domain else "Unknown",
            location=where.location,
            autonomous_system=net.system,
            isp=net.isp,
            domain=net.domain,
            os=who.os,
            type=None if stated else device,
            type_id=None if stated else _DEVICES.get(device or "", _OTHER),
            zone=None if zone in _NOT_STATED else zone,
            intermediate_ips=between,
        )
    elif zone not in _NOT_STATED:
        odd["zone"] = zone
    if left is not None and not isinstance(left, dict):
        unmapped["client"] = left
    elif odd or left:
        unmapped["client"] = odd | (left or {})
    return Origin(endpoint, who.header, who.program, client.id or None, unmapped)


def _chain(raw: bytes, ip: str | None, geo: bytes, unmapped: dict[str, Any]) -> list[str] | None:
    """The other addresses of a request. A chain that only repeats the client is not kept twice."""
    request, left = part(raw, Request)
    steps = request.ip_chain
    if left is not None:
        unmapped["request"] = left
    if not steps:
        return None
    step = steps[0]
    if len(steps) == 1 and step.ip == ip and step.source is None and step.version in _VERSIONS:
        there = bytes(step.geographical_context)
        if not there or there == geo or place(there) == place(geo or b"null"):
            return None
    chain = [_step(one) for one in steps]
    if isinstance(left, dict):
        chain += left.pop("ipChain", [])
        unmapped["request"] = left | {"ipChain": chain}
    else:
        unmapped["request"] = {"ipChain": chain}
    return [one.ip for one in steps if one.ip is not None and one.ip != ip and is_ip(one.ip)] or None


def _step(step: Step) -> dict[str, Any]:
    """One step of a chain as plain data."""
    said = {"ip": step.ip, "version": step.version, "source": step.source}
    plain: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    if there := bytes(step.geographical_context):
        geo, rest = part(there, GeographicalContext)
        if rest is None or isinstance(rest, dict):
            rest = msgspec.to_builtins(geo) | (rest or {})
        plain["geographicalContext"] = rest
    return plain
