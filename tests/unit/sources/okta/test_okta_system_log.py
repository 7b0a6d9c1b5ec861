"""Okta System Log: what must be kept of an event, whatever Okta or an exporter makes of its form."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from affidavit.core.errors import EventError
from affidavit.formats.record.attributes import FACTS
from affidavit.formats.record.parts import merge, split
from affidavit.sources.okta.event_types import rule
from affidavit.sources.okta.kind import KIND

Unaccounted = Callable[..., list[str]]
Faults = Callable[[dict[str, Any]], list[Any]]

ROOT = Path(__file__).parents[4]
SAMPLES = ROOT / "tests/samples/okta.system_log"
DEMO = ROOT / "src/affidavit/sources/okta/samples.ndjson"
REAL = ROOT.parent / "shared/samples/okta.system_log.ndjson"
RECEIVED_US = 1_772_434_800_123_456
TRANSFORMED = {
    "outcome.result",  # status_id and status
    "severity",  # severity_id
    "actor.type",  # type_id, and type
    "target[].type",  # an application is the service, a policy a policy
    "request.ipChain[].version",  # follows from the address
    "debugContext.debugData.privilegeGranted",  # privileges, one by one
    "debugContext.debugData.privilegeRevoked",
    "device.os_platform",  # the system's name
    "device.managed",  # is_managed
}
PLACEHOLDERS = ("null", "unknown", "Unknown", "UNKNOWN")
"""What Okta writes where it has nothing to say."""


def lines(path: Path) -> list[bytes]:
    """The lines of a sample file."""
    return path.read_bytes().splitlines()


def mapped(raw: bytes) -> dict[str, Any]:
    """The OCSF event of `raw`, through the sealed parts and back, as a reader gets it."""
    event: dict[str, Any] = json.loads(msgspec.json.encode(merge(split(KIND.map(raw, RECEIVED_US), raw))))
    return event


def stated(value: Any) -> Any:
    """`value` without Okta's placeholders."""
    if isinstance(value, dict):
        return {name: stated(item) for name, item in value.items()}
    if isinstance(value, list):
        return [stated(item) for item in value]
    return None if value in PLACEHOLDERS else value


GOLDEN = lines(SAMPLES / "golden.ndjson")
EXPECTED = lines(SAMPLES / "golden.expected.ndjson")


@pytest.mark.parametrize(("raw", "expected"), list(zip(GOLDEN, EXPECTED, strict=True)))
def test_golden(raw: bytes, expected: bytes) -> None:
    """Each golden event maps to exactly the OCSF event written beside it."""
    assert mapped(raw) == json.loads(expected)


@pytest.mark.parametrize("raw", lines(SAMPLES / "malformed.ndjson"))
def test_malformed(raw: bytes) -> None:
    """What is no System Log event is refused with a reason, for quarantine."""
    with pytest.raises(EventError) as caught:
        KIND.map(raw, RECEIVED_US)
    assert caught.value.code in {"no-event-type", "not-an-object", "not-json"}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"eventType":"user.session.start","actor":{"displayName":"\xff"}}', "not-json"),
        (b'{"eventType":"user.session.start","message":"\xff"}', "not-utf-8"),
        (b'{"eventType":"x","debugContext":' + b"[" * 100 + b"]" * 100 + b"}", "too-deep"),
        (b'{"eventType":"x","client":' + b"[" * 3000 + b"]" * 3000 + b"}", "too-deep"),
        (b'{"eventType":"x","target":' + b'{"a":' * 70 + b"1" + b"}" * 70 + b"}", "too-deep"),
        (b"", "not-json"),
    ],
)
def test_hostile_bytes(raw: bytes, code: str) -> None:
    """Wrong encoding and depth bombs are refused by name, wherever in the event they hide."""
    with pytest.raises(EventError) as caught:
        KIND.map(raw, RECEIVED_US)
    assert caught.value.code in {code, "not-json", "too-deep"}


def test_every_line_is_accounted(unaccounted: Unaccounted) -> None:
    """Raw = mapped + unmapped: no value of an event is lost, whether typed or odd."""
    for raw in [*GOLDEN, *lines(DEMO)]:
        event = mapped(raw)
        lost = unaccounted(stated(json.loads(raw)), event, event.get("unmapped"), TRANSFORMED)
        assert lost == [], event["metadata"]["event_code"]


def test_samples_conform(faults: Faults) -> None:
    """Every event that is emitted for a sample is valid OCSF 1.8.0."""
    for raw in [*GOLDEN, *lines(DEMO)]:
        assert faults(mapped(raw)) == []


@pytest.mark.skipif(not REAL.exists(), reason="real events are not beside this repository")
def test_real_events(faults: Faults, unaccounted: Unaccounted) -> None:
    """Real events that carry a type map to a class of their own, validly, with nothing lost."""
    for raw in lines(REAL):
        original = json.loads(raw)
        if not original:
            continue
        event = mapped(raw)
        assert event["class_uid"] != 0
        assert faults(event) == []
        assert unaccounted(stated(original), event, event.get("unmapped"), TRANSFORMED) == []


@pytest.mark.parametrize(
    ("code", "class_name", "activity"),
    [
        ("user.session.start", "Authentication", "Logon"),
        ("user.session.end", "Authentication", "Logoff"),
        ("user.authentication.auth_via_mfa", "Authentication", "Logon"),
        ("user.mfa.okta_verify.deny_push", "Authentication", "Logon"),
        ("user.session.impersonation.initiate", "Authentication", "Account Switch"),
        ("policy.evaluate_sign_on", "Authentication", "Preauth"),
        ("app.oauth2.as.token.grant.id_token", "Authentication", "Authentication Ticket"),
        ("user.lifecycle.create", "Account Change", "Create"),
        ("user.lifecycle.delete.initiated", "Account Change", "Delete"),
        ("user.account.lock.limit", "Account Change", "Lock"),
        ("user.account.update_password", "Account Change", "Password Change"),
        ("user.mfa.factor.reset_all", "Account Change", "MFA Factor Disable"),
        ("user.account.privilege.grant", "User Access Management", "Assign Privileges"),
        ("application.user_membership.remove", "User Access Management", "Revoke Privileges"),
        ("group.user_membership.remove", "Group Management", "Remove User"),
        ("group.lifecycle.delete", "Group Management", "Delete"),
        ("application.lifecycle.deactivate", "Entity Management", "Deactivate"),
        ("application.policy.sign_on.rule.create", "Entity Management", "Create"),
        ("zone.delete", "Entity Management", "Delete"),
        ("system.api_token.revoke", "Entity Management", "Delete"),
        ("iam.role.create", "Entity Management", "Create"),
        ("device.enrollment.create", "Entity Management", "Enroll"),
        ("pam.server.delete", "Entity Management", "Delete"),
        ("workflows.user.flow.activate", "Entity Management", "Activate"),
        ("certification.campaign.create", "Entity Management", "Create"),
        ("user.risk.change", "Detection Finding", "Create"),
        ("app.oauth2.token.detect_reuse", "Detection Finding", "Create"),
        ("system.email.delivery", "API Activity", "Other"),
        ("core.concurrency.org.limit.violation", "API Activity", "Other"),
        ("analytics.reports.export.download", "API Activity", "Read"),
        ("tomorrow.feature.create", "Entity Management", "Create"),
        ("tomorrow.feature", "API Activity", "Other"),
    ],
)
def test_event_types(code: str, class_name: str, activity: str) -> None:
    """An event type maps by name, else by family, else by verb; there is no type without a class."""
    event = mapped(json.dumps({"eventType": code}).encode())
    assert (event["class_name"], event["activity_name"]) == (class_name, activity)
    assert event["metadata"]["event_code"] == code


def test_logon_keeps_who_what_where_and_when() -> None:
    """A sign-on can be found by actor, address, session and application, at its exact time."""
    event = mapped(GOLDEN[0])
    user = event["actor"]["user"]
    assert user == event["user"]
    assert user["name"] == user["email_addr"] == "noor.haddad@northquay.example"
    assert user["display_name"] == "Noor Haddad"
    assert event["time"] == 1_772_434_799_999
    assert event["metadata"]["original_time"] == "2026-03-02T06:59:59.999Z"
    assert event["timezone_offset"] == 0
    assert event["src_endpoint"]["ip"] == "203.0.113.24"
    assert event["src_endpoint"]["location"]["country"] == "Portugal"
    assert event["http_request"]["user_agent"].startswith("Mozilla/5.0")
    assert event["session"]["uid"] == event["actor"]["session"]["uid"]
    assert event["service"]["name"] == "Okta Dashboard"
    assert (event["status_id"], event["severity_id"]) == (1, 1)


def test_offset_is_kept() -> None:
    """A time with an offset is exact in milliseconds and keeps its offset."""
    event = mapped(GOLDEN[1])
    assert event["time"] == 1_772_434_800_000
    assert event["timezone_offset"] == 120
    assert event["status_detail"] == "INVALID_CREDENTIALS"
    assert event["status_id"] == 2


@pytest.mark.parametrize("published", [None, "", "yesterday", "9999-12-31T23:59:59Z", 7, {"at": 1}])
def test_no_usable_time(published: Any) -> None:
    """An event without a usable time is dated by its receipt, says so, and keeps what it had."""
    event = mapped(json.dumps({"eventType": "user.session.start", "published": published}).encode())
    assert event["time"] == RECEIVED_US // 1000
    assert "original_time" not in event["metadata"]
    assert event["metadata"]["labels"] == ["time:received"]
    if published:
        assert event["unmapped"]["published"] == published


def test_facts_hold_nothing_personal() -> None:
    """The part that cannot be erased names nobody: no name, address, e-mail or free text of the event."""
    for raw in GOLDEN:
        original = json.loads(raw)
        actor = original["actor"]
        facts = split(KIND.map(raw, RECEIVED_US), raw).facts.decode()
        assert json.loads(facts).keys() <= FACTS
        told = [actor.get("alternateId"), actor.get("displayName"), original.get("displayMessage")]
        told += [(original.get("client") or {}).get("ipAddress")]
        assert not [text for text in told if text and text in facts]


def test_later_address_is_an_intermediate_one() -> None:
    """A request that came through another address keeps the whole chain and lists that address."""
    event = mapped(GOLDEN[2])
    assert event["src_endpoint"]["intermediate_ips"] == ["198.51.100.200"]
    assert len(event["unmapped"]["request"]["ipChain"]) == 2


ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(["1969-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "10.0.0.1", "a@b.co", "CHALLENGE"]),
    st.lists(
        st.one_of(st.none(), st.integers(), st.dictionaries(st.text(max_size=3), st.none())), max_size=3
    ),
    st.dictionaries(st.sampled_from(["id", "type", "ip", "debugData"]), st.text(max_size=4), max_size=2),
)
ORIGINALS = [json.loads(raw) for raw in GOLDEN]


@st.composite
def garbled(draw: st.DrawFn) -> dict[str, Any]:
    """A golden event with members removed, replaced by odd values, or added."""
    event: dict[str, Any] = json.loads(json.dumps(draw(st.sampled_from(ORIGINALS))))
    for _ in range(draw(st.integers(1, 5))):
        place: Any = event
        for _ in range(draw(st.integers(0, 3))):
            inner = [
                item
                for item in (place.values() if isinstance(place, dict) else place)
                if item and isinstance(item, dict | list)
            ]
            if not inner:
                break
            place = draw(st.sampled_from(inner))
        if isinstance(place, list):
            place[draw(st.integers(0, len(place) - 1))] = draw(ODD)
        elif place and draw(st.booleans()):
            del place[draw(st.sampled_from(sorted(place)))]
        else:
            place[draw(st.sampled_from([*sorted(place), "added", "actor"]))] = draw(ODD)
    return event


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(garbled())
def test_garbled_events(faults: Faults, unaccounted: Unaccounted, event: dict[str, Any]) -> None:
    """An event with odd members is refused as an EventError or emitted as valid OCSF, with nothing lost."""
    try:
        result = mapped(json.dumps(event).encode())
    except EventError:
        return  # refused: the pipeline keeps the bytes in quarantine
    assert faults(result) == []
    assert unaccounted(stated(event), result, result.get("unmapped"), TRANSFORMED) == []


@given(st.text(max_size=60))
def test_any_event_type_has_a_rule(code: str) -> None:
    """There is a class and an activity of that class for any name whatever."""
    chosen = rule(code)
    assert chosen.activity_id >= 0


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_garbage_bytes(raw: bytes) -> None:
    """Bytes that are no event are refused as an EventError, never as anything else."""
    with contextlib.suppress(EventError):
        KIND.map(raw, RECEIVED_US)
