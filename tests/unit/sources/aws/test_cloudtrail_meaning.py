"""What a reader of CloudTrail events counts on: who, what, outcome, from where; what is erasable."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from affidavit.formats.record.parts import merge, split
from affidavit.sources.aws.kind import KIND

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
    """A CloudTrail event of few members."""
    known = {
        "eventName": "ListBuckets",
        "eventSource": "s3.amazonaws.com",
        "eventTime": "2026-11-18T11:02:03Z",
    }
    return json.dumps(known | members).encode()


@pytest.mark.parametrize(
    ("identity", "user"),
    [
        (
            {"type": "AWSAccount", "principalId": "AIDAEXAMPLE", "accountId": "111122223333"},
            {"uid": "AIDAEXAMPLE", "account": {"uid": "111122223333", "type_id": 10}, "type_id": 99},
        ),
        (
            {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"},
            {"name": "ec2.amazonaws.com", "type_id": 4},
        ),
        (
            {
                "type": "FederatedUser",
                "arn": "arn:aws:sts::111122223333:federated-user/zoe@example.com",
                "principalId": "111122223333:zoe@example.com",
            },
            {"name": "zoe@example.com", "email_addr": "zoe@example.com", "type_id": 1},
        ),
        ({"type": "Root", "arn": "arn:aws:iam::111122223333:root"}, {"name": "root", "type_id": 2}),
        (
            {"type": "SAMLUser", "principalId": "q1w2=:zoe", "userName": "zoe", "identityProvider": "idp"},
            {"name": "zoe", "uid": "q1w2=:zoe"},
        ),
        ({"type": "Directory", "userName": "zoe"}, {"name": "zoe", "type": "Directory"}),
        ({}, {"name": "Unknown"}),
        (None, {"name": "Unknown"}),
    ],
)
def test_who(identity: object, user: dict[str, Any], mapped: Mapped) -> None:
    """Each type of userIdentity names its actor."""
    actor = mapped(event(userIdentity=identity))["actor"]
    assert actor["user"].items() >= user.items()


def test_assumed_role_names_its_issuer(mapped: Mapped) -> None:
    """A role's session keeps the role that it was issued for, its key, beginning and second factor."""
    actor = mapped(
        event(
            userIdentity={
                "type": "AssumedRole",
                "principalId": "AROAEXAMPLE:zoe",
                "arn": "arn:aws:sts::111122223333:assumed-role/auditor/zoe",
                "accessKeyId": "ASIAEXAMPLE",
                "sessionContext": {
                    "sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/auditor"},
                    "attributes": {"creationDate": "2026-11-18T11:00:00Z", "mfaAuthenticated": "true"},
                },
            }
        )
    )["actor"]
    assert actor["user"]["name"] == "zoe"
    assert actor["user"]["credential_uid"] == "ASIAEXAMPLE"
    assert actor["session"] == {
        "created_time": 1_794_999_600_000,
        "is_mfa": True,
        "issuer": "arn:aws:iam::111122223333:role/auditor",
    }


@pytest.mark.parametrize(
    ("name", "activity"),
    [
        ("CreateTable", "Create"),
        ("RunInstances", "Create"),
        ("BatchGetItem", "Read"),
        ("DescribeInstances", "Read"),
        ("PutBucketPolicy", "Update"),
        ("AuthorizeSecurityGroupIngress", "Update"),
        ("TerminateInstances", "Delete"),
        ("ScheduleKeyDeletion", "Delete"),
        ("InvokeModel", "Other"),
    ],
)
def test_what(name: str, activity: str, mapped: Mapped) -> None:
    """The verb of an API's name decides the activity; the name itself is the event code."""
    mapping = mapped(event(eventName=name, eventSource="x.amazonaws.com"))
    assert mapping["activity_name"] == activity
    assert mapping["metadata"]["event_code"] == mapping["api"]["operation"] == name


def test_unknown_verb_that_only_reads(mapped: Mapped) -> None:
    """Where the verb is unknown, CloudTrail's readOnly makes it a read."""
    assert mapped(event(eventName="Frobnicate", readOnly=True))["activity_name"] == "Read"


@pytest.mark.parametrize(
    ("address", "endpoint"),
    [
        ("198.51.100.7", {"ip": "198.51.100.7"}),
        ("2001:db8::7", {"ip": "2001:db8::7"}),
        ("ec2.amazonaws.com", {"svc_name": "ec2.amazonaws.com"}),
        ("AWS Internal", {"svc_name": "AWS Internal"}),
        ("gateway.example.net", {"hostname": "gateway.example.net"}),
        (None, {"name": "Unknown"}),
    ],
)
def test_from_where(address: object, endpoint: dict[str, str], mapped: Mapped) -> None:
    """An address is an address, a service a service, and anything else a host name."""
    assert mapped(event(sourceIPAddress=address))["src_endpoint"] == endpoint


@pytest.mark.parametrize(
    ("parameters", "resource"),
    [
        ({"functionName": "shop"}, {"name": "shop", "type": "AWS::Lambda::Function"}),
        ({"instanceIds": ["i-1"]}, {"type": "Instance", "uid": "i-1"}),
        ({"instancesSet": {"items": [{"instanceId": "i-1"}]}}, {"type": "AWS::EC2::Instance", "uid": "i-1"}),
        (
            {"DeleteNatGatewayRequest": {"NatGatewayId": {"tag": 1, "content": "nat-1"}}},
            {"type": "NatGateway", "uid": "nat-1"},
        ),
        ({"name": "trail"}, {"name": "trail", "type": "Buckets"}),
    ],
)
def test_on_which_resource(parameters: object, resource: dict[str, str], mapped: Mapped) -> None:
    """Parameters that name things become resources and are not repeated in unmapped."""
    mapping = mapped(event(requestParameters=parameters))
    assert mapping["resources"] == [resource]
    assert "unmapped" not in mapping


def test_console_login_is_found_by_actor(mapped: Mapped) -> None:
    """A logon names its user both as subject and as actor."""
    mapping = mapped(
        event(
            eventName="ConsoleLogin",
            eventSource="signin.amazonaws.com",
            userIdentity={"type": "IAMUser", "userName": "zoe"},
            responseElements={"ConsoleLogin": "Failure"},
        )
    )
    assert mapping["class_uid"] == 3002
    assert mapping["user"]["name"] == mapping["actor"]["user"]["name"] == "zoe"
    assert (mapping["status_id"], mapping["status"]) == (2, "Failure")


def test_account_change_without_account_is_api_activity(mapped: Mapped) -> None:
    """A refused call that does not say whom it concerned is not called an account change."""
    mapping = mapped(event(eventName="CreateUser", eventSource="iam.amazonaws.com", errorCode="AccessDenied"))
    assert mapping["class_uid"] == 6003


def test_own_password_concerns_the_caller(mapped: Mapped) -> None:
    """Who changes the own password is the account that changes."""
    identity = {"type": "IAMUser", "userName": "zoe"}
    mapping = mapped(
        event(eventName="ChangePassword", eventSource="iam.amazonaws.com", userIdentity=identity)
    )
    assert (mapping["class_uid"], mapping["activity_id"], mapping["user"]["name"]) == (3001, 3, "zoe")


def test_time_of_receipt_where_there_is_none(mapped: Mapped) -> None:
    """Without a usable time the event takes that of its receipt, and says so."""
    mapping = mapped(event(eventTime="soon"))
    assert mapping["time"] == 1_795_000_000_123
    assert mapping["metadata"]["debug"]
    assert mapping["unmapped"] == {"eventTime": "soon"}


def test_offset_is_kept(mapped: Mapped) -> None:
    """The original time and its offset survive."""
    mapping = mapped(event(eventTime="2026-11-18T13:02:03.5+02:00"))
    assert (mapping["time"], mapping["timezone_offset"]) == (1_794_999_723_500, 120)
    assert mapping["metadata"]["original_time"] == "2026-11-18T13:02:03.5+02:00"


def test_facts_hold_nothing_personal() -> None:
    """Names, addresses, messages and whatever does not look like a code stay out of the unerasable part."""
    secret = "zoe@example.com"
    names = """eventSource awsRegion recipientAccountId eventType eventVersion eventCategory eventID requestID
        sharedEventID apiVersion errorCode errorMessage userAgent sourceIPAddress eventTime"""
    raw = event(
        **dict.fromkeys(names.split(), secret),
        eventName=f"Get {secret}",
        userIdentity={"type": "IAMUser", "userName": secret, "arn": secret},
        requestParameters={"userName": secret},
        resources=[{"ARN": secret}],
    )
    assert secret.encode() not in split(KIND.map(raw, RECEIVED_US), raw).facts


def test_insight_in_a_lake(mapped: Mapped) -> None:
    """Insights of event data stores, whose members are at the top, are findings as well."""
    mapping = mapped(
        json.dumps(
            {
                "eventType": "AwsCloudTrailInsight",
                "eventTime": "2026-11-18T11:02:03Z",
                "insightType": "ApiErrorRateInsight",
                "insightState": "End",
                "insightEventSource": "iam.amazonaws.com",
                "insightEventName": "CreateUser",
            }
        ).encode()
    )
    assert (mapping["class_uid"], mapping["activity_name"]) == (2004, "Close")
    assert mapping["api"] == {"operation": "CreateUser", "service": {"name": "iam.amazonaws.com"}}


def test_aggregated_events_are_kept(mapped: Mapped) -> None:
    """Summaries of data events carry no eventName; their type stands for it."""
    raw = json.dumps(
        {"eventType": "AwsAggregatedEvent", "eventSource": "s3.amazonaws.com", "summary": {"n": 3}}
    )
    mapping = mapped(raw.encode())
    assert mapping["api"]["operation"] == "AwsAggregatedEvent"
    assert mapping["unmapped"] == {"summary": {"n": 3}}


def test_events_do_not_share_what_they_consume(mapped: Mapped) -> None:
    """The same event maps to the same result however often it comes."""
    raw = event(
        userIdentity={"type": "IAMUser", "userName": "zoe", "accessKeyId": ""}, sourceIPAddress="10.0.0.1"
    )
    assert mapped(raw) == mapped(raw)
    assert mapped(raw)["unmapped"] == {"userIdentity": {"accessKeyId": ""}}
