"""What a reader of audit events counts on: who, what, outcome, from where; what is erasable."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from affidavit.formats.record.parts import merge, split
from affidavit.sources.kubernetes.kind import KIND

Mapped = Callable[[bytes], dict[str, Any]]

RECEIVED_US = 1_795_000_000_123_456


@pytest.fixture(scope="session")
def mapped() -> Mapped:
    """From an original's bytes to the OCSF event as whoever searches it gets it."""

    def event(raw: bytes) -> dict[str, Any]:
        divided = split(KIND.map(raw, RECEIVED_US), raw)
        return {name: json.loads(bytes(value)) for name, value in merge(divided).items()}

    return event


def event(**members: object) -> bytes:
    """An audit event of few members."""
    known = {
        "kind": "Event",
        "verb": "get",
        "requestReceivedTimestamp": "2026-11-18T11:02:03.123456Z",
        "objectRef": {"resource": "pods", "namespace": "shop", "name": "web"},
    }
    return json.dumps(known | members).encode()


@pytest.mark.parametrize(
    ("name", "kind", "type_id"),
    [
        ("zoe@example.com", "User", 1),
        ("system:serviceaccount:shop:web", "ServiceAccount", 4),
        ("system:node:worker-1", "System", 3),
        ("system:anonymous", "Anonymous", 0),
    ],
)
def test_who(name: str, kind: str, type_id: int, mapped: Mapped) -> None:
    """A name says what its bearer is; without a uid it is the unique id."""
    user = mapped(event(user={"username": name, "groups": ["a", "b"]}))["actor"]["user"]
    assert (user["name"], user["uid"], user["type"], user["type_id"]) == (name, name, kind, type_id)
    assert user["groups"] == [{"name": "a"}, {"name": "b"}]
    assert user.get("email_addr") == (name if "@" in name else None)


@pytest.mark.parametrize(
    ("verb", "activity"),
    [
        ("create", "Create"),
        ("list", "Read"),
        ("watch", "Read"),
        ("patch", "Update"),
        ("deletecollection", "Delete"),
        ("connect", "Other"),
        (None, "Unknown"),
    ],
)
def test_what(verb: str | None, activity: str, mapped: Mapped) -> None:
    """The verb decides the activity; verb and resource are the event code."""
    mapping = mapped(event(verb=verb))
    assert mapping["activity_name"] == activity
    assert mapping["metadata"].get("event_code") == (f"{verb} pods" if verb else None)


@pytest.mark.parametrize(
    ("members", "status_id"),
    [
        ({"responseStatus": {"code": 201}}, 1),
        ({"responseStatus": {"code": 101}}, 1),
        ({"responseStatus": {"code": 403}}, 2),
        ({"responseStatus": {"status": "Failure"}}, 2),
        ({"annotations": {"authorization.k8s.io/decision": "forbid"}}, 2),
        ({"stage": "Panic"}, 2),
        ({"stage": "RequestReceived"}, 0),
    ],
)
def test_outcome(members: dict[str, Any], status_id: int, mapped: Mapped) -> None:
    """Codes from 400, refusals and panics are failures; a request merely received has no outcome yet."""
    assert mapped(event(**members))["status_id"] == status_id


def test_from_where_through_proxies(mapped: Mapped) -> None:
    """The first address is the client's, the others are on the way."""
    mapping = mapped(event(sourceIPs=["203.0.113.9", "10.0.0.1", "10.0.0.2"]))
    assert mapping["src_endpoint"] == {"ip": "203.0.113.9", "intermediate_ips": ["10.0.0.1", "10.0.0.2"]}


def test_impersonation_names_both(mapped: Mapped) -> None:
    """The actor is who authenticated; whom they acted as is a related resource."""
    mapping = mapped(event(user={"username": "admin"}, impersonatedUser={"username": "zoe"}))
    assert mapping["actor"]["user"]["name"] == "admin"
    assert mapping["resources"][1] == {
        "name": "zoe",
        "role": "Impersonated",
        "role_id": 4,
        "type": "users",
        "uid": "zoe",
    }


def test_stages_of_a_request_belong_together(mapped: Mapped) -> None:
    """All stages of a request share a correlation; the stage and level of each are kept."""
    stages = [
        mapped(event(auditID="7f1c", stage=stage, level="Metadata"))["metadata"]
        for stage in ("RequestReceived", "ResponseComplete")
    ]
    assert [stage["correlation_uid"] for stage in stages] == ["7f1c", "7f1c"]
    assert [stage["type"] for stage in stages] == ["RequestReceived", "ResponseComplete"]
    assert stages[0]["log_level"] == "Metadata"


def binding(*subjects: dict[str, str]) -> bytes:
    """The creation of a RoleBinding with these subjects."""
    return event(
        verb="create",
        objectRef={"resource": "rolebindings", "namespace": "shop", "apiGroup": "rbac.authorization.k8s.io"},
        requestObject={"roleRef": {"kind": "Role", "name": "editor"}, "subjects": list(subjects)},
    )


def test_a_role_bound_to_a_user_is_user_access(mapped: Mapped) -> None:
    """Who gets which role is said where exactly one user gets it."""
    mapping = mapped(binding({"kind": "User", "name": "zoe@example.com"}))
    assert mapping["class_uid"] == 3005
    assert (mapping["user"]["name"], mapping["privileges"]) == ("zoe@example.com", ["Role/editor"])


def test_a_role_bound_to_several_is_api_activity(mapped: Mapped) -> None:
    """OCSF has room for one user: a binding with several subjects stays a request with its object."""
    mapping = mapped(binding({"kind": "User", "name": "a"}, {"kind": "User", "name": "b"}))
    assert mapping["class_uid"] == 6003
    assert len(mapping["unmapped"]["requestObject"]["subjects"]) == 2


@pytest.mark.parametrize(
    ("members", "time_ms", "original"),
    [
        ({}, 1_794_999_723_123, "2026-11-18T11:02:03.123456Z"),
        (
            {"requestReceivedTimestamp": None, "stageTimestamp": "2026-11-18 11:02:03.5"},
            1_794_999_723_500,
            "2026-11-18 11:02:03.5",
        ),
        ({"requestReceivedTimestamp": "soon"}, 1_795_000_000_123, None),
    ],
)
def test_when(members: dict[str, Any], time_ms: int, original: str | None, mapped: Mapped) -> None:
    """The time is that of the request, else of the stage, else of receipt, which is noted."""
    mapping = mapped(event(**members))
    assert (mapping["time"], mapping["metadata"].get("original_time")) == (time_ms, original)
    assert ("debug" in mapping["metadata"]) == (original is None)


def test_facts_hold_nothing_personal() -> None:
    """Names, addresses, messages and whatever does not look like a code stay out of the unerasable part."""
    secret = "zoe@example.com"
    names = "auditID level stage requestURI userAgent apiVersion requestReceivedTimestamp stageTimestamp"
    raw = event(
        **dict.fromkeys(names.split(), secret),
        verb=f"get {secret}",
        user={"username": secret, "uid": secret, "groups": [secret]},
        sourceIPs=[secret],
        objectRef=dict.fromkeys(("resource", "subresource", "apiGroup", "apiVersion", "name", "uid"), secret),
        responseStatus={"message": secret, "reason": secret, "status": secret},
        annotations={"authorization.k8s.io/reason": secret, "authorization.k8s.io/decision": secret},
    )
    assert secret.encode() not in split(KIND.map(raw, RECEIVED_US), raw).facts
