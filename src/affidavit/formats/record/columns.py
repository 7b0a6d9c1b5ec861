"""The columns that search uses, derived from the sealed parts (docs/spec/lake.md, Query columns).

One truth for the sealer, which stores them, and for verification, which derives them again: a row that search
would not find must not verify.
"""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec

from affidavit.core.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

AUTHENTICATION = 3002
"""The class whose actor may be named by its `user` alone."""
OUTCOMES = {1: "success", 2: "failure", 0: "unknown"}
"""Words for status_id, and in findings for action_id (allowed, denied); any other is `other`."""
_FINDINGS = 2
"""The category whose status_id is the state of the finding, not the outcome of what was found."""


class Columns(NamedTuple):
    """What search sees of one record. Matching columns are in lower case; names keep their spelling."""

    time_ms: int
    class_uid: int
    activity_id: int
    type_uid: int
    severity_id: int
    outcome: str
    action: str
    activity: str
    actor_uid: str | None
    actor_name: str | None
    actor_email: str | None
    actors: str
    """Lower-cased uid, name and email of who acted, each with a line feed before and after; "" for none."""
    resources: str
    """Lower-cased uids and names of everything acted upon, each once, in the form of `actors`."""
    src_ip: str | None
    src_net: str | None
    """The address of src_ip as 32 hexadecimal digits, IPv4 as ::ffff:a.b.c.d; None where it is no address."""


class _Api(msgspec.Struct):
    operation: str | None = None


class _Metadata(msgspec.Struct):
    event_code: str | None = None


_Int = Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]
_Long = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]


class _Facts(msgspec.Struct):
    time: _Long
    class_uid: _Int
    activity_id: _Int = 0
    type_uid: _Long = 0
    severity_id: _Int = 0
    status_id: int = 0
    action_id: int = 0
    activity_name: str | None = None
    api: _Api | None = None
    metadata: _Metadata | None = None


class _User(msgspec.Struct):
    uid: str | None = None
    name: str | None = None
    email_addr: str | None = None


class _ActorObject(msgspec.Struct):
    user: _User | None = None


class _Endpoint(msgspec.Struct):
    ip: str | None = None
    hostname: str | None = None


class _ActorPart(msgspec.Struct):
    actor: _ActorObject | None = None
    src_endpoint: _Endpoint | None = None
    device: _Endpoint | None = None


class _Thing(msgspec.Struct):
    """Anything that can be acted upon: the attributes that OCSF's objects name themselves by."""

    uid: str | None = None
    name: str | None = None
    email_addr: str | None = None
    hostname: str | None = None
    ip: str | None = None
    path: str | None = None
    url_string: str | None = None
    user: _Thing | None = None
    group: _Thing | None = None
    policy: _Thing | None = None
    account: _Thing | None = None
    org: _Thing | None = None

    def names(self) -> Iterator[str | None]:
        """Its own names, then those of what it stands for or belongs to."""
        yield from (self.uid, self.name, self.email_addr, self.hostname, self.ip, self.path, self.url_string)
        for inner in (self.user, self.group, self.policy, self.account, self.org):
            if inner is not None:
                yield from inner.names()


_facts = msgspec.json.Decoder(_Facts).decode
_actor = msgspec.json.Decoder(_ActorPart).decode
_NO_ACTOR = _ActorPart()
_Target = dict[str, _Thing | list[_Thing | str | float | None] | str | float | bool | None]
_target = msgspec.json.Decoder(_Target).decode
_any = msgspec.json.Decoder(dict[str, Any]).decode


def _read_facts(facts: bytes) -> _Facts:
    """The facts; an attribute of an unexpected type counts as absent, so that nothing stops the sealer."""
    held = _any(facts)
    absent = {"time": 0, "class_uid": 0}
    read = msgspec.convert(absent, _Facts)
    for name in _Facts.__struct_fields__:
        if name in held:
            with suppress(msgspec.ValidationError):
                setattr(read, name, getattr(msgspec.convert(absent | {name: held[name]}, _Facts), name))
    return read


_columns = tuple.__new__  # a named tuple's own __new__ is a Python call, which this would be for every record


def derive(facts: bytes, actor: bytes, target: bytes) -> Columns:
    """The query columns of the record with these parts; RecordError where a part breaks its specification."""
    try:
        try:
            f = _facts(facts)
        except msgspec.ValidationError:
            f = _read_facts(facts)
        who = _who(actor)
        what = (_what if len(target) <= _REMEMBERED_BYTES else _what.__wrapped__)(target)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError(f"the query columns cannot be derived: {error}") from error
    uid, name, email, actors, src_ip, src_net = who
    if not actors and f.class_uid == AUTHENTICATION:
        uid, name, email, actors = what.user
    activity = f.activity_name or ""
    action = (
        (f.metadata is not None and f.metadata.event_code)
        or (f.api is not None and f.api.operation)
        or activity
    )
    outcome = OUTCOMES.get(f.action_id if f.class_uid // 1000 == _FINDINGS else f.status_id, "other")
    return _columns(
        Columns,
        (
            f.time, f.class_uid, f.activity_id, f.type_uid, f.severity_id, outcome, action, activity,
            uid, name, email, actors, what.resources, src_ip, src_net,
        ),
    )  # fmt: skip


def match_line(value: str) -> str:
    """How `value` stands inside `actors` and `resources`: lower case, line feeds as spaces, LF around."""
    return _lines([value])


@lru_cache(maxsize=65536)
def address_digits(text: str) -> str | None:
    """The IP address `text` as 32 hexadecimal digits (IPv4 mapped into IPv6), or None where it is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return address.packed.hex()
    return f"00000000000000000000ffff{address.packed.hex()}"


_REMEMBERED_BYTES = 2048
"""What is in parts up to this long is remembered: the same people act on the same things again and again."""

_Person = tuple[str | None, str | None, str | None, str]


_NOBODY: _Person = (None, None, None, "")


class _What(NamedTuple):
    user: _Person
    resources: str


def _who(actor: bytes) -> tuple[str | None, str | None, str | None, str, str | None, str | None]:
    """The columns that the actor part alone decides."""
    part = _NO_ACTOR
    if actor:
        try:
            part = _actor(actor)
        except msgspec.ValidationError:
            _any(actor)
    source = part.src_endpoint or part.device
    src_ip = ((source.ip or source.hostname or "").lower() if source is not None else "") or None
    user = part.actor.user if part.actor is not None else None
    person = _NOBODY
    if user is not None:
        remembered = len(actor) <= _REMEMBERED_BYTES
        person = (_person if remembered else _person.__wrapped__)(user.uid, user.name, user.email_addr)
    return *person, src_ip, _digits(src_ip) if src_ip else None


def _digits(address: str) -> str | None:
    remembered = len(address) <= _REMEMBERED_BYTES
    return (address_digits if remembered else address_digits.__wrapped__)(address)


@lru_cache(maxsize=16384)
def _what(target: bytes) -> _What:
    """The columns that the target part alone decides."""
    names: list[str | None] = []
    held: _Target = {}
    if target:
        try:
            held = _target(target)
        except msgspec.ValidationError:
            _any(target)
    for value in held.values():
        for thing in value if isinstance(value, list) else (value,):
            if isinstance(thing, _Thing):
                names += thing.names()
            elif isinstance(thing, str):
                names.append(thing)
    user = held.get("user")
    person = _person(user.uid, user.name, user.email_addr) if isinstance(user, _Thing) else _NOBODY
    return _What(person, _lines(names))


@lru_cache(maxsize=16384)
def _person(uid: str | None, name: str | None, email: str | None) -> _Person:
    found = (uid or None, name or None, email or None)
    return *found, _lines(found)


def _lines(values: Sequence[str | None]) -> str:
    """The values in lower case, each once, each with a line feed before and after."""
    names = [value for value in values if value]
    if not names:
        return ""
    joined = "\n".join(names)
    if joined.count("\n") >= len(names):  # a name with a line feed, which must not pass for two
        joined = "\n".join([name.replace("\n", " ") for name in names])
    return "\n{}\n".format("\n".join(dict.fromkeys(joined.lower().split("\n"))))
