"""Query columns follow from the parts by the rules of docs/spec/lake.md, and from nothing else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.errors import RecordError
from affidavit.formats.record.columns import Columns, address_digits, derive, match_line

FACTS: dict[str, Any] = {"time": 1_700_000_000_123, "class_uid": 6003, "activity_id": 2, "type_uid": 600302}


def derived(
    facts: dict[str, Any] | None = None,
    actor: dict[str, Any] | None = None,
    target: dict[str, Any] | None = None,
) -> Columns:
    """The columns of a record with these parts; None is an absent part."""
    encode = msgspec.json.encode
    return derive(
        encode(FACTS | (facts or {})),
        b"" if actor is None else encode(actor),
        b"" if target is None else encode(target),
    )


def test_the_least_record() -> None:
    """Facts alone: nobody, nothing, unknown outcome."""
    assert derived() == Columns(
        time_ms=1_700_000_000_123,
        class_uid=6003,
        activity_id=2,
        type_uid=600302,
        severity_id=0,
        outcome="unknown",
        action="",
        activity="",
        actor_uid=None,
        actor_name=None,
        actor_email=None,
        actors="",
        resources="",
        src_ip=None,
        src_net=None,
    )


@pytest.mark.parametrize(
    ("facts", "action"),
    [
        ({"metadata": {"event_code": "e"}, "api": {"operation": "o"}, "activity_name": "a"}, "e"),
        ({"metadata": {"event_code": ""}, "api": {"operation": "o"}, "activity_name": "a"}, "o"),
        ({"metadata": {}, "api": {}, "activity_name": "a"}, "a"),
        ({"api": {"operation": None}}, ""),
    ],
)
def test_the_action_is_the_vendors_own_code(facts: dict[str, Any], action: str) -> None:
    """metadata.event_code, else api.operation, else activity_name."""
    assert derived(facts).action == action


@pytest.mark.parametrize(
    ("status_id", "outcome"), [(1, "success"), (2, "failure"), (0, "unknown"), (99, "other"), (7, "other")]
)
def test_the_outcome_is_a_word(status_id: int, outcome: str) -> None:
    """From status_id."""
    assert derived({"status_id": status_id}).outcome == outcome


def test_who_acted() -> None:
    """Names keep their spelling; the matching column has each in lower case, once, on a line of its own."""
    columns = derived(actor={"actor": {"user": {"uid": "U1", "name": "Zoë", "email_addr": "ZOË"}}})
    assert (columns.actor_uid, columns.actor_name, columns.actor_email) == ("U1", "Zoë", "ZOË")
    assert columns.actors == "\nu1\nzoë\n"


@pytest.mark.parametrize(
    ("class_uid", "actor", "uid"),
    [
        (3002, None, "t"),
        (3002, {"actor": {}}, "t"),
        (3002, {"actor": {"user": {"type": "User"}}}, "t"),
        (3002, {"actor": {"user": {"uid": "a"}}}, "a"),
        (3001, None, None),
    ],
)
def test_whoever_signs_in_acts(class_uid: int, actor: dict[str, Any] | None, uid: str | None) -> None:
    """In Authentication the user of the target stands for an actor that names nobody; in no other class."""
    columns = derived({"class_uid": class_uid}, actor, {"user": {"uid": "t"}})
    assert columns.actor_uid == uid
    assert columns.actors == ("" if uid is None else f"\n{uid}\n")
    assert columns.resources == "\nt\n"


def test_what_was_acted_upon() -> None:
    """Everything in the target, in its order, each name once; numbers are no names."""
    columns = derived(
        target={
            "group": {"uid": "G", "name": "Admins", "desc": "no name"},
            "resources": [{"uid": "g"}, {"name": "Bucket", "type": "x"}],
            "dst_endpoint": {"hostname": "DB.local", "ip": "10.0.0.1"},
            "web_resources": [{"url_string": "https://x/Y"}],
            "file": {"name": "f", "path": "/srv/f"},
            "privileges": ["Read", "WRITE"],
            "share": "S$",
            "requested_permissions": 7,
            "user": None,
        }
    )
    expected = [
        "g",
        "admins",
        "bucket",
        "db.local",
        "10.0.0.1",
        "https://x/y",
        "f",
        "/srv/f",
        "read",
        "write",
        "s$",
    ]
    assert columns.resources == "\n" + "\n".join(expected) + "\n"


def test_a_name_with_a_line_feed_is_one_name() -> None:
    """It cannot pass for two, nor hide."""
    columns = derived(target={"resources": [{"name": "a\nroot"}, {"name": "b"}]})
    assert columns.resources == "\na root\nb\n"
    assert match_line("A\nroot") in columns.resources
    assert match_line("root") not in columns.resources


@pytest.mark.parametrize(
    ("endpoint", "src_ip", "src_net"),
    [
        ({"ip": "192.0.2.1"}, "192.0.2.1", "00000000000000000000ffffc0000201"),
        ({"ip": "2001:DB8::1"}, "2001:db8::1", "20010db8000000000000000000000001"),
        ({"hostname": "Host.Example"}, "host.example", None),
        ({"ip": "", "hostname": "192.0.2.1"}, "192.0.2.1", "00000000000000000000ffffc0000201"),
        ({}, None, None),
    ],
)
@pytest.mark.parametrize("attribute", ["src_endpoint", "device"])
def test_where_from(
    attribute: str, endpoint: dict[str, str], src_ip: str | None, src_net: str | None
) -> None:
    """The address or else the host name; the address also as digits that networks compare by."""
    columns = derived(actor={attribute: endpoint})
    assert (columns.src_ip, columns.src_net) == (src_ip, src_net)


@given(st.ip_addresses())
def test_digits_keep_the_order_of_addresses(address: Any) -> None:
    """32 digits, the number of the address, IPv4 inside ::ffff:0:0/96."""
    digits = address_digits(str(address))
    assert digits is not None
    assert len(digits) == 32
    assert int(digits, 16) == int(address) + (0xFFFF << 32 if address.version == 4 else 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time", "1"),
        ("time", 2**60),
        ("class_uid", 2**31),
        ("activity_id", [1]),
        ("severity_id", "high"),
        ("metadata", 7),
        ("api", {"operation": 5}),
        ("activity_name", {}),
    ],
)
def test_an_odd_value_in_the_facts_counts_as_absent(name: str, value: object) -> None:
    """What the columns cannot hold is left out; the others are as they would be."""
    without = {key: held for key, held in FACTS.items() if key != name}
    assert derive(msgspec.json.encode(FACTS | {name: value}), b"", b"") == derive(
        msgspec.json.encode(without | ({"metadata": None} if name == "metadata" else {})), b"", b""
    )


def test_what_is_absent_is_zero() -> None:
    """A time or class that is none counts as 0, whatever the rest says."""
    assert derived({"time": "noon"})[:3] == (0, 6003, 2)
    assert derived({"class_uid": "x"})[:3] == (FACTS["time"], 0, 2)
    odd = derived({"time": None, "class_uid": [], "activity_id": "x", "type_uid": {}, "severity_id": True})
    assert odd[:6] == (0, 0, 0, 0, 0, "unknown")
    assert derive(b"{}", b"", b"")[:6] == (0, 0, 0, 0, 0, "unknown")


@pytest.mark.parametrize(
    ("name", "at", "least", "most"),
    [
        ("time", 0, -(2**53), 2**53),
        ("class_uid", 1, -(2**31), 2**31 - 1),
        ("activity_id", 2, -(2**31), 2**31 - 1),
        ("type_uid", 3, -(2**53), 2**53),
        ("severity_id", 4, -(2**31), 2**31 - 1),
    ],
)
def test_the_range_of_each_number(name: str, at: int, least: int, most: int) -> None:
    """What its column holds is kept; one below or above counts as absent."""
    for number in (least, -1, 0, 1, most):
        assert derived({name: number})[at] == number
    for number in (least - 1, most + 1):
        assert derived({name: number})[at] == 0


def test_an_odd_actor_or_target_counts_as_absent() -> None:
    """Where the part has no name of the expected type, it names nobody and nothing."""
    assert derived(actor={"actor": {"user": {"uid": 5}}}, target={"user": {"name": 5}}) == derived()


@pytest.mark.parametrize(
    ("action_id", "outcome"), [(1, "success"), (2, "failure"), (0, "unknown"), (3, "other")]
)
def test_the_outcome_of_a_finding_is_what_was_done(action_id: int, outcome: str) -> None:
    """In findings status_id is the state of the case."""
    assert derived({"class_uid": 2004, "status_id": 1, "action_id": action_id}).outcome == outcome


@pytest.mark.parametrize(
    ("class_uid", "outcome"),
    [(1999, "success"), (2000, "failure"), (2001, "failure"), (2999, "failure"), (3000, "success")],
)
def test_findings_are_the_second_category(class_uid: int, outcome: str) -> None:
    """The classes from 2000 to 2999."""
    assert derived({"class_uid": class_uid, "status_id": 1, "action_id": 2}).outcome == outcome


def test_an_entity_is_found_by_whom_it_stands_for() -> None:
    """The names of the user, group, policy, account or organisation inside it count, too."""
    columns = derived(target={"entity": {"name": "E", "user": {"uid": "U", "account": {"name": "Acme"}}}})
    assert columns.resources == "\ne\nu\nacme\n"


@pytest.mark.parametrize(
    "parts",
    [
        (b"", b"", b""),
        (b"[]", b"", b""),
        (b"{", b"", b""),
        (b'{"time":1,"class_uid":1}', b"[]", b""),
        (b'{"time":1,"class_uid":1}', b"", b"7"),
        (b'{"time":1,"class_uid":1}', b"", b'{"user":{"name":\xff}}'),
        (b'{"time":1,"class_uid":1}', b"", b'{"user":' + b"[" * 100_000),
    ],
)
def test_broken_parts_are_refused(parts: tuple[bytes, bytes, bytes]) -> None:
    """RecordError, nothing foreign."""
    with pytest.raises(RecordError):
        derive(*parts)


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=60))
def test_garbage_never_escapes(facts: bytes, actor: bytes, target: bytes) -> None:
    """Any bytes give columns or RecordError, and the same ones each time."""
    for tried in ((facts, actor, target), (b'{"time":1,"class_uid":1}', actor, target)):
        try:
            first = derive(*tried)
        except RecordError:
            continue
        assert derive(*tried) == first
