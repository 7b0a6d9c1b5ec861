"""GitHub audit log: what must be kept of an event, full, trimmed or garbled."""

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
from affidavit.sources.github.actions import rule
from affidavit.sources.github.kind import KIND

Unaccounted = Callable[..., list[str]]
Faults = Callable[[dict[str, Any]], list[Any]]

ROOT = Path(__file__).parents[4]
SAMPLES = ROOT / "tests/samples/github.audit"
DEMO = ROOT / "src/affidavit/sources/github/samples.ndjson"
REAL = ROOT.parent / "shared/samples/github.audit.ndjson"
RECEIVED_US = 1_772_434_800_123_456
TRANSFORMED = {
    "actor_is_bot",  # the type of user
    "conclusion",  # status_id
}


def lines(path: Path) -> list[bytes]:
    """The lines of a sample file."""
    return path.read_bytes().splitlines()


def mapped(raw: bytes) -> dict[str, Any]:
    """The OCSF event of `raw`, through the sealed parts and back, as a reader gets it."""
    event: dict[str, Any] = json.loads(msgspec.json.encode(merge(split(KIND.map(raw, RECEIVED_US), raw))))
    return event


GOLDEN = lines(SAMPLES / "golden.ndjson")
EXPECTED = lines(SAMPLES / "golden.expected.ndjson")


@pytest.mark.parametrize(("raw", "expected"), list(zip(GOLDEN, EXPECTED, strict=True)))
def test_golden(raw: bytes, expected: bytes) -> None:
    """Each golden event maps to exactly the OCSF event written beside it."""
    assert mapped(raw) == json.loads(expected)


@pytest.mark.parametrize("raw", lines(SAMPLES / "malformed.ndjson"))
def test_malformed(raw: bytes) -> None:
    """What is no audit log event is refused with a reason, for quarantine."""
    with pytest.raises(EventError) as caught:
        KIND.map(raw, RECEIVED_US)
    assert caught.value.code in {"no-action", "not-an-object", "not-json"}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"action":"repo.create","actor":"\xff"}', "not-utf-8"),
        (b'{"action":"x","data":' + b"[" * 100 + b"]" * 100 + b"}", "too-deep"),
        (b'{"action":"x","data":' + b'{"a":' * 3000 + b"1" + b"}" * 3000 + b"}", "too-deep"),
        (b"", "not-json"),
    ],
)
def test_hostile_bytes(raw: bytes, code: str) -> None:
    """Wrong encoding and depth bombs are refused by name."""
    with pytest.raises(EventError) as caught:
        KIND.map(raw, RECEIVED_US)
    assert caught.value.code in {code, "not-json"}


def test_every_line_is_accounted(unaccounted: Unaccounted) -> None:
    """Raw = mapped + unmapped: no value of an event is lost, whether typed or odd."""
    for raw in [*GOLDEN, *lines(DEMO)]:
        event = mapped(raw)
        lost = unaccounted(json.loads(raw), event, event.get("unmapped"), TRANSFORMED)
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
        event = mapped(raw)
        assert event["class_uid"] != 0
        assert faults(event) == []
        assert unaccounted(original, event, event.get("unmapped"), TRANSFORMED) == []


@pytest.mark.parametrize(
    ("action", "class_name", "activity"),
    [
        ("user.login", "Authentication", "Logon"),
        ("user.failed_login", "Authentication", "Logon"),
        ("user.logout", "Authentication", "Logoff"),
        ("org.sso_response", "Authentication", "Logon"),
        ("two_factor_authentication.disabled", "Account Change", "MFA Factor Disable"),
        ("user.suspend", "Account Change", "Disable"),
        ("user.rename", "Account Change", "Other"),
        ("repo.add_member", "User Access Management", "Assign Privileges"),
        ("business.remove_admin", "User Access Management", "Revoke Privileges"),
        ("personal_access_token.access_granted", "User Access Management", "Assign Privileges"),
        ("org_credential_authorization.deauthorize", "User Access Management", "Revoke Privileges"),
        ("team.create", "Group Management", "Create"),
        ("team.add_member", "Group Management", "Add User"),
        ("team.add_repository", "Group Management", "Assign Privileges"),
        ("team.change_privacy", "Group Management", "Other"),
        ("team_sync_tenant.disabled", "Entity Management", "Disable"),
        ("org.disable_oauth_app_restrictions", "Entity Management", "Disable"),
        ("org.update_default_repository_permission", "Entity Management", "Update"),
        ("integration_installation.create", "Entity Management", "Create"),
        ("oauth_application.destroy", "Entity Management", "Delete"),
        ("dependabot_alerts.disable", "Entity Management", "Disable"),
        ("secret_scanning.disable", "Entity Management", "Disable"),
        ("audit_log_streaming.update", "Entity Management", "Update"),
        ("billing.budget_create", "Entity Management", "Create"),
        ("git.clone", "API Activity", "Read"),
        ("git.push", "API Activity", "Update"),
        ("workflows.delete_workflow_run", "API Activity", "Delete"),
        ("repo.create", "Web Resources Activity", "Create"),
        ("repo.destroy", "Web Resources Activity", "Delete"),
        ("repo.archived", "Web Resources Activity", "Update"),
        ("hook.config_changed", "Web Resources Activity", "Update"),
        ("public_key.create", "Web Resources Activity", "Create"),
        ("protected_branch.policy_override", "Web Resources Activity", "Update"),
        ("codespaces.start_environment", "Web Resources Activity", "Create"),
        ("secret_scanning_alert.create", "Detection Finding", "Create"),
        ("secret_scanning_alert.resolve", "Detection Finding", "Close"),
        ("code_scanning.alert_reopened_by_user", "Detection Finding", "Update"),
        ("tomorrow.create", "Entity Management", "Create"),
        ("tomorrow", "Entity Management", "Other"),
    ],
)
def test_actions(action: str, class_name: str, activity: str) -> None:
    """An action maps by name, else by family, else by verb; there is no action without a class."""
    event = mapped(json.dumps({"action": action}).encode())
    assert (event["class_name"], event["activity_name"]) == (class_name, activity)
    assert event["metadata"]["event_code"] == action


@pytest.mark.parametrize(
    ("written", "time", "offset"),
    [
        (1_621_305_118_553, 1_621_305_118_553, 0),
        (1_621_305_118_553.0, 1_621_305_118_553, 0),
        ("1621305118553", 1_621_305_118_553, 0),
        (1_621_305_118, 1_621_305_118_000, 0),
        ("2021-05-18T02:31:58.553Z", 1_621_305_118_553, 0),
        ("2021-05-18 02:31:58.553", 1_621_305_118_553, 0),
        ("2021-05-18T04:31:58.553+02:00", 1_621_305_118_553, 120),
    ],
)
@pytest.mark.parametrize("name", ["@timestamp", "created_at", "at_sign_timestamp"])
def test_times(name: str, written: Any, time: int, offset: int) -> None:
    """Each form of time that GitHub and its exporters write is read exactly and kept as written."""
    event = mapped(json.dumps({"action": "repo.create", name: written}).encode())
    assert (event["time"], event["timezone_offset"]) == (time, offset)
    assert event["metadata"]["original_time"] == str(written)
    assert "unmapped" not in event


@pytest.mark.parametrize("created", [None, "", "yesterday", -1, 0, 10**15, True, {"at": 1}])
def test_no_usable_time(created: Any) -> None:
    """An event without a usable time is dated by its receipt, says so, and keeps what it had."""
    event = mapped(json.dumps({"action": "repo.create", "created_at": created}).encode())
    assert event["time"] == RECEIVED_US // 1000
    assert "original_time" not in event["metadata"]
    assert event["metadata"]["labels"] == ["time:received"]
    if created not in (None, ""):
        assert event["unmapped"]["created_at"] == created


def test_logon_is_found_by_its_actor() -> None:
    """A sign-in names the same user as actor and as user, with the address and agent it came from."""
    event = mapped(GOLDEN[0])
    assert event["actor"]["user"]["name"] == event["user"]["name"] == "nhaddad-nq"
    assert event["actor"]["user"]["uid"] == "71200311"
    assert event["src_endpoint"]["ip"] == "198.51.100.33"
    assert event["src_endpoint"]["location"]["country"] == "DE"
    assert event["http_request"]["user_agent"].startswith("Mozilla/5.0")


def test_failures_are_failures() -> None:
    """What GitHub says failed has that outcome, with its reason where one is given."""
    outcomes = {event["metadata"]["event_code"]: event for event in map(mapped, GOLDEN)}
    assert outcomes["user.failed_login"]["status_id"] == 2
    assert outcomes["user.failed_login"]["status_detail"] == "invalid password"
    assert outcomes["workflows.completed_workflow_run"]["status_detail"] == "failure"
    assert outcomes["api.request"]["http_response"]["code"] == 404
    for action in ("workflows.completed_workflow_run", "api.request", "protected_branch.rejected_ref_update"):
        assert outcomes[action]["status_id"] == 2
    assert outcomes["repo.destroy"]["status_id"] == 1


def test_facts_hold_nothing_personal() -> None:
    """The part that cannot be erased names nobody: no login, address, e-mail, repository or organisation."""
    for raw in GOLDEN:
        original = json.loads(raw)
        facts = split(KIND.map(raw, RECEIVED_US), raw).facts.decode()
        assert json.loads(facts).keys() <= FACTS
        told = (original.get(name) for name in ("actor", "user", "actor_ip", "repo", "email", "business"))
        assert not [text for text in told if text and json.dumps(text) in facts]


ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(["1969-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "10.0.0.1", "a@b.co"]),
    st.lists(
        st.one_of(st.none(), st.integers(), st.dictionaries(st.text(max_size=3), st.none())), max_size=3
    ),
    st.dictionaries(st.sampled_from(["name", "code", "url", "team"]), st.text(max_size=4), max_size=2),
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
            place[draw(st.sampled_from([*sorted(place), "added", "actor", "team_id"]))] = draw(ODD)
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
    assert unaccounted(event, result, result.get("unmapped"), TRANSFORMED) == []


def test_what_repeats_an_unused_repository_is_kept(unaccounted: Unaccounted) -> None:
    """An action that GitHub does not have acts on what it names, and the repository is left with all of its names."""
    event = {
        "@timestamp": 1772435760500,
        "action": "0",
        "operation_type": "create",
        "name": "webhook",
        "repo": "northquay/tide-tables",
        "repo_id": 18779837,
        "repository": "northquay/tide-tables",
        "repository_id": 18779837,
    }
    result = mapped(json.dumps(event).encode())
    assert unaccounted(event, result, result["unmapped"], TRANSFORMED) == []
    assert result["unmapped"]["repository_id"] == 18779837


@given(st.text(max_size=60))
def test_any_action_has_a_rule(code: str) -> None:
    """There is a class and an activity of that class for any name whatever."""
    chosen = rule(code)
    assert chosen.activity_id >= 0


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_garbage_bytes(raw: bytes) -> None:
    """Bytes that are no event are refused as an EventError, never as anything else."""
    with contextlib.suppress(EventError):
        KIND.map(raw, RECEIVED_US)
