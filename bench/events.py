"""Seeded, realistic Okta System Log events of 1.5 KB on average, cheap enough to make by the million.

Every event has Okta's full set of fields. What is random in a real log is random here: the uuid and the
request id anew for every event, the session id for every session (about 26 events), device hashes and
identifiers for every device and object; two thousand actors and the applications they use follow Zipf's
law. Who (a presence: actor, device, network) and what (an act: event type, outcome, targets) come from two
long sequences of coprime lengths, so that pairs do not repeat for eight billion events.

A line is sixteen fragments, of which all but five are shared; a batch is one `join`.
"""
# ruff: noqa: S311 -- seeded on purpose: the same seed is the same load

from __future__ import annotations

import json
import string
import time
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from operator import getitem
from random import Random
from typing import Any, NamedTuple

from bench import catalog

SOURCE_TYPE = "okta.system_log"
ACTORS = 2_000
ADDRESSES = 3_000
APPS = 200
GROUPS = 120
POLICIES = 40
MAX_BATCH = 10_000
_PLACED = 0.4
_PROXIES = 0.02
_WITH_DEVICE_TOKEN = 0.5
_FAILS = 1 / 12
_WHO_LENGTH = 131_071
_WHAT_LENGTH = 65_521
_ACTS = 8_000
_COLUMNS = 16
_BASE62 = string.digits + string.ascii_letters
_HEX_OF_UUID = [at for at in range(36) if at not in {8, 13, 14, 18, 19, 23}]
_HEX_SOURCE = [at for at in range(32) if at not in {12, 16}]
_MS = [b"%03dZ" % ms for ms in range(1_000)]
_CLOCK = [b"T%02d:%02d:%02d." % (s // 3600, s // 60 % 60, s % 60) for s in range(86_400)]
_DAY_MS = 86_400_000


class Presence(NamedTuple):
    """One actor on one device in one network, as fragments of a line."""

    email: str
    head: bytes
    security: bytes
    device_hash: bytes
    chain: bytes
    targets: tuple[bytes, bytes, bytes]
    """Nothing, the actor as a User target, the actor as an AppUser target."""


class Act(NamedTuple):
    """One event type with an outcome and targets, as fragments of a line."""

    what: bytes
    severity: bytes
    debug: bytes
    legacy: bytes
    own: int
    """Which of Presence.targets it starts its targets with."""
    targets: bytes


class _Thing(NamedTuple):
    id: str
    name: str
    alternate: str


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@cache
def _zipf(count: int) -> list[float]:
    """Cumulative weights of ranks 1 to `count`."""
    return list(accumulate(1 / rank for rank in range(1, count + 1)))


def _shared(fragments: list[bytes]) -> list[bytes]:
    """Equal fragments become one object, which stays in the processor's cache."""
    known: dict[bytes, bytes] = {}
    return [known.setdefault(fragment, fragment) for fragment in fragments]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    address: str
    geography: dict[str, Any] | None
    """None for the three in five that Okta could not place."""
    security: bytes


class World:
    """An invented organisation; the same seed is the same organisation."""

    def __init__(self, seed: int = 1) -> None:
        rng = Random(f"world {seed}")
        self._rng = rng
        self._places = [self._place() for _ in range(ADDRESSES)]
        pairs = [(first, last) for last in catalog.LAST_NAMES for first in catalog.FIRST_NAMES]
        rng.shuffle(pairs)
        self._users = [
            _Thing(self._id("00u"), f"{first} {last}", f"{first}.{last}@example.com".lower())
            for first, last in pairs[:ACTORS]
        ]
        self.emails = [user.alternate for user in self._users]
        """The actors' addresses, the busiest first."""
        names = [f"{name} {n}" if n else name for n in range(5) for name in catalog.APP_NAMES]
        self._apps = [_Thing(self._id("0oa"), name, name) for name in names[:APPS]]
        names = [f"{name} {n}" if n else name for n in range(8) for name in catalog.GROUP_NAMES]
        self._groups = [_Thing(self._id("00g"), name, "unknown") for name in names[:GROUPS]]
        self._policies = [_Thing(self._id("00p"), f"Policy {n}", "unknown") for n in range(POLICIES)]

        who = [self._presences(user) for user in self._users]
        order = rng.choices(range(ACTORS), cum_weights=_zipf(ACTORS), k=_WHO_LENGTH)
        self._presence_of = [rng.choice(who[actor]) for actor in order]
        everyone = [presence for presences in who for presence in presences]
        number = {id(presence): at for at, presence in enumerate(everyone)}
        self.presences = len(everyone)
        wrapped = self._presence_of + self._presence_of[:MAX_BATCH]
        self.who_number = [number[id(presence)] for presence in wrapped]
        self.heads = [p.head for p in wrapped]
        self.securities = [p.security for p in wrapped]
        self.device_hashes = [p.device_hash for p in wrapped]
        self.chains = [p.chain for p in wrapped]
        self.own_targets = [p.targets for p in wrapped]

        types = rng.choices(catalog.EVENT_TYPES, [t.weight for t in catalog.EVENT_TYPES], k=_ACTS)
        acts = rng.choices([self._act(kind) for kind in types], k=_WHAT_LENGTH)
        acts += acts[:MAX_BATCH]
        self.whats = _shared([a.what for a in acts])
        self.severities = _shared([a.severity for a in acts])
        self.debugs = _shared([a.debug for a in acts])
        self.legacies = _shared([a.legacy for a in acts])
        self.owns = [a.own for a in acts]
        self.act_targets = _shared([a.targets for a in acts])

    def named(self, email: str) -> Presence:
        """Somebody new, by whose name one event can be found again."""
        return self._presences(_Thing(self._id("00u"), email.partition("@")[0], email))[0]

    def _id(self, prefix: str) -> str:
        return prefix + "".join(self._rng.choices(_BASE62, k=17))

    def _place(self) -> _Place:
        rng = self._rng
        city, state, country, postal, lat, lon = rng.choice(catalog.PLACES)
        number, organisation, domain = rng.choice(catalog.NETWORKS)
        known = rng.random() < _PLACED
        security = {
            "asNumber": number if known else None,
            "asOrg": organisation if known else None,
            "isp": organisation if known else None,
            "domain": domain if known else None,
            "isProxy": rng.random() < _PROXIES,
        }
        return _Place(
            address=".".join(map(str, (rng.randint(11, 99), *rng.randbytes(2), rng.randint(1, 254)))),
            geography={
                "city": city, "state": state, "country": country, "postalCode": postal,
                "geolocation": {"lat": lat, "lon": lon},
            } if known else None,
            security=b'","securityContext":' + _json(security) + b',"severity":"',
        )  # fmt: skip

    def _presences(self, user: _Thing) -> list[Presence]:
        """One to four: devices and the networks they are used from."""
        return [self._presence(user) for _ in range(self._rng.choices((1, 2, 3, 4), (3, 4, 2, 1))[0])]

    def _presence(self, user: _Thing) -> Presence:
        rng = self._rng
        place = rng.choice(self._places)
        browser, system, device, agent = rng.choices(catalog.AGENTS, (27, 27, 11, 8, 13, 8, 6))[0]
        client = {
            "userAgent": {
                "rawUserAgent": agent.format(v=rng.randint(118, 131)), "os": system, "browser": browser,
            },
            "zone": "null",
            "device": device,
            "id": None,
            "ipAddress": place.address,
            "geographicalContext": place.geography,
        }  # fmt: skip
        actor = {
            "id": user.id, "type": "User", "alternateId": user.alternate, "displayName": user.name,
        }  # fmt: skip
        token = rng.random() < _WITH_DEVICE_TOKEN
        chain = [{"ip": place.address, "geographicalContext": None, "version": "V4", "source": None}]
        return Presence(
            email=user.alternate,
            head=b'{"actor":'
            + _json(actor)
            + b',"client":'
            + _json(client)
            + b',"device":null,"authenticationContext":'
            b'{"authenticationStep":0,"externalSessionId":"',
            security=place.security,
            device_hash=b'"dtHash":"%b",' % rng.randbytes(32).hex().encode() if token else b"",
            chain=b'","version":"0","request":{"ipChain":' + _json(chain) + b'},"target":',
            targets=(
                b"",
                b"[" + _json(actor),
                b"[" + _json(actor | {"id": self._id("0ua"), "type": "AppUser"}),
            ),
        )

    def _act(self, kind: catalog.EventType) -> Act:
        rng = self._rng
        app = rng.choices(self._apps, cum_weights=_zipf(APPS))[0]
        user = rng.choices(self._users, cum_weights=_zipf(ACTORS))[0]
        group = rng.choices(self._groups, cum_weights=_zipf(GROUPS))[0]
        policy = rng.choice(self._policies)
        result, reason = self._outcome(kind)
        uri = kind.uri.format(user=user.id, app=app.id, group=group.id, policy=policy.id)
        suspected = "true" if kind.name.startswith("security.") else "false"
        severity = "INFO" if result != "FAILURE" and suspected == "false" else "WARN"
        own, targets = self._targets(kind.target, app=app, user=user, group=group, policy=policy)
        job = "JOB" if kind.name.startswith("app.user_management") else "WEB"
        outcome = _json({"result": result, "reason": reason})
        return Act(
            what=b'"},"displayMessage":%b,"eventType":%b,"outcome":%b,"published":"'
            % (_json(kind.message), _json(kind.name), outcome),
            severity=b'%b","debugContext":{"debugData":{' % severity.encode(),
            debug=b'"requestUri":%b,"threatSuspected":"%b","url":%b,"requestId":"'
            % (_json(uri), suspected.encode(), _json(uri + "?")),
            legacy=b'"}},"legacyEventType":%b,"transaction":{"type":"%b","id":"'
            % (_json(kind.legacy), job.encode()),
            own=own,
            targets=targets,
        )

    def _outcome(self, kind: catalog.EventType) -> tuple[str, str | None]:
        """(result, reason) as Okta words them."""
        if kind.name == "policy.evaluate_sign_on":
            result = self._rng.choice(("ALLOW", "CHALLENGE"))
            return result, f"Sign-on policy evaluation resulted in {result}"
        if kind.failures and self._rng.random() < _FAILS:
            return "FAILURE", self._rng.choice(kind.failures)
        return "SUCCESS", None

    def _targets(
        self, kind: catalog.Target, *, app: _Thing, user: _Thing, group: _Thing, policy: _Thing
    ) -> tuple[int, bytes]:
        def one(thing: _Thing, label: str) -> dict[str, Any]:
            return {
                "id": thing.id, "type": label, "alternateId": thing.alternate, "displayName": thing.name,
            }  # fmt: skip

        factor = self._rng.choice(catalog.FACTORS)
        others: dict[str, tuple[int, list[dict[str, Any]]]] = {
            "none": (0, []),
            "self": (1, []),
            "app": (0, [one(app, "AppInstance")]),
            "app_self": (2, [one(app, "AppInstance")]),
            "user": (0, [one(user, "User")]),
            "group_user": (0, [one(user, "User"), one(group, "UserGroup")]),
            "app_user": (0, [one(user, "AppUser"), one(app, "AppInstance")]),
            "policy": (0, [one(policy, "PolicyEntity")]),
            "factor": (0, [one(_Thing(self._id("pfd"), factor, "unknown"), "AuthenticatorEnrollment")]),
            "token": (0, [one(app, "PublicClientApp")]),
        }
        own, more = others[kind]
        if own:
            return own, b"".join(b"," + _json(item) for item in more) + b"]}\n"
        return own, (_json(more) if more else b"null") + b"}\n"


class Stream:
    """An endless, seeded sequence of batches; one to a sender, none of them alike."""

    def __init__(self, world: World, *, seed: int, step_us: int = 50) -> None:
        """`step_us` is how far apart, on average, events were published."""
        self._world = world
        self._rng = Random(f"stream {seed}")
        self._step_us = step_us
        self._who = self._rng.randrange(_WHO_LENGTH)
        self._what = self._rng.randrange(_WHAT_LENGTH)
        self._sessions: list[bytes] = []
        self._spread: list[int] = []

    def batch(self, count: int, *, last_us: int, named: str | None = None) -> bytes:
        """`count` NDJSON lines (at most MAX_BATCH), up to `last_us`; `named` is the last one's actor."""
        world, rng = self._world, self._rng
        if self._who >= _WHO_LENGTH or not self._sessions:
            self._who %= _WHO_LENGTH
            fresh = self._tokens(world.presences, 11)
            self._sessions = [b"102" + fresh[number] for number in world.who_number]
        who, what = slice(self._who, self._who + count), slice(self._what, self._what + count)
        self._who, self._what = self._who + count, (self._what + count) % _WHAT_LENGTH
        requests = self._tokens(count, 16)
        lines = [b'","detail":{}},"uuid":"'] * (count * _COLUMNS)
        lines[0::_COLUMNS] = world.heads[who]
        lines[1::_COLUMNS] = self._sessions[who]
        lines[2::_COLUMNS] = world.whats[what]
        lines[3::_COLUMNS] = self._times(count, last_us)
        lines[4::_COLUMNS] = world.securities[who]
        lines[5::_COLUMNS] = world.severities[what]
        lines[6::_COLUMNS] = world.device_hashes[who]
        lines[7::_COLUMNS] = world.debugs[what]
        lines[8::_COLUMNS] = requests
        lines[9::_COLUMNS] = world.legacies[what]
        lines[10::_COLUMNS] = requests
        lines[12::_COLUMNS] = _uuids(rng, count)
        lines[13::_COLUMNS] = world.chains[who]
        lines[14::_COLUMNS] = map(getitem, world.own_targets[who], world.owns[what])
        lines[15::_COLUMNS] = world.act_targets[what]
        if named is not None:
            last = (count - 1) * _COLUMNS
            lines[last] = world.named(named).head
        return b"".join(lines)

    def _tokens(self, count: int, size_bytes: int) -> list[bytes]:
        digits = self._rng.randbytes(count * size_bytes).hex().encode()
        width = 2 * size_bytes
        return [digits[at : at + width] for at in range(0, count * width, width)]

    def _times(self, count: int, last_us: int) -> list[bytes]:
        """Ascending moments at random distances, `published` to the millisecond."""
        if len(self._spread) != count:
            span_ms = max(1, count * self._step_us // 1_000)
            self._spread = sorted(self._rng.randrange(span_ms) - span_ms + 1 for _ in range(count))
        last_ms = last_us // 1_000
        names = {ms: _published(last_ms + ms) for ms in set(self._spread)}
        return [names[ms] for ms in self._spread]


@cache
def _day(day: int) -> bytes:
    return time.strftime("%Y-%m-%d", time.gmtime(day * 86_400)).encode()


def _published(moment_ms: int) -> bytes:
    day, rest = divmod(moment_ms, _DAY_MS)
    seconds, ms = divmod(rest, 1_000)
    return _day(day) + _CLOCK[seconds] + _MS[ms]


def _uuids(rng: Random, count: int) -> list[bytes]:
    """Version 4, written digit position by digit position for the whole batch."""
    digits = rng.randbytes(count * 16).hex().encode()
    text = bytearray(b"00000000-0000-4000-a000-000000000000" * count)
    for into, out in zip(_HEX_OF_UUID, _HEX_SOURCE, strict=True):
        text[into::36] = digits[out::32]
    whole = bytes(text)
    return [whole[at : at + 36] for at in range(0, count * 36, 36)]
