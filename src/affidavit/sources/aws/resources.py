"""Which resources: CloudTrail's own list, or else the parameters and answers that name things.

AWS names parameters by rule: `functionName`, `instanceId`, `trailARN`, `instanceIds`, EC2's sets
`{"instancesSet": {"items": [{"instanceId": …}]}}` and its newer
`{"DeleteNatGatewayRequest": {"NatGatewayId": {"tag": 1, "content": …}}}`. What the rule would misread is
listed here, and so are the CloudFormation types of the common ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from affidavit.formats.ocsf.objects import Account, ResourceDetails, User
from affidavit.sources.aws.identity import AWS_ACCOUNT
from affidavit.sources.aws.remainder import text
from affidavit.sources.remembering import remembered

if TYPE_CHECKING:
    from affidavit.sources.aws.operations import Operation
    from affidavit.sources.aws.remainder import Document

MOST = 100
"""Resources of one event; what exceeds it stays where it was."""

_TYPES = {
    "bucketName": "AWS::S3::Bucket",
    "functionName": "AWS::Lambda::Function",
    "instanceId": "AWS::EC2::Instance",
    "keyId": "AWS::KMS::Key",
    "secretId": "AWS::SecretsManager::Secret",
    "userName": "AWS::IAM::User",
    "roleName": "AWS::IAM::Role",
    "roleArn": "AWS::IAM::Role",
    "groupName": "AWS::IAM::Group",
    "policyArn": "AWS::IAM::Policy",
    "volumeId": "AWS::EC2::Volume",
    "snapshotId": "AWS::EC2::Snapshot",
    "imageId": "AWS::EC2::Image",
    "vpcId": "AWS::EC2::VPC",
    "subnetId": "AWS::EC2::Subnet",
    "routeTableId": "AWS::EC2::RouteTable",
    "dBInstanceIdentifier": "AWS::RDS::DBInstance",
    "dBClusterIdentifier": "AWS::RDS::DBCluster",
    "tableName": "AWS::DynamoDB::Table",
    "topicArn": "AWS::SNS::Topic",
    "logGroupName": "AWS::Logs::LogGroup",
    "stackName": "AWS::CloudFormation::Stack",
    "repositoryName": "AWS::ECR::Repository",
    "queueUrl": "AWS::SQS::Queue",
}
_NEVER = frozenset(
    """accessKeyId accountId attributeName availabilityZoneId awsAccountId clientName contextName
    displayName eventName hostName hostname marker metricName nextToken ownerAccountId ownerId ownerName
    regionName registryId requestId requesterId reservationId roleSessionName sessionName versionId zoneName
    tagName timeZoneName userPoolClientId""".split()  # noqa: SIM905 - words read better than a list of strings
)
_ENDINGS = (
    ("Identifiers", True),
    ("Identifier", True),
    ("Names", False),
    ("Name", False),
    ("Arns", True),
    ("Arn", True),
    ("ARNs", True),
    ("ARN", True),
    ("Ids", True),
    ("Id", True),
    ("NameList", False),
    ("IdList", True),
)
_BARE = {
    "name": False,
    "names": False,
    "arn": True,
    "ARN": True,
    "aRN": True,
    "id": True,
    "resource": True,
    "resourceArn": True,
    "resourceId": True,
    "bucket": False,
    "Name": False,
    "Arn": True,
    "Id": True,
    "target": True,
    "queueUrl": True,
}
_OBJECT = "AWS::S3::Object"
_ARN_PARTS = 6


class _Rule(NamedTuple):
    """How a parameter is read: the type of what it names ("" for the operation's), and by uid or name."""

    type: str
    is_uid: bool


@remembered(16384)
def _rule(key: str) -> _Rule | None:
    """The rule of the parameter `key`; None where it names no resource."""
    proper = key[:1].lower() + key[1:]
    if proper in _NEVER:
        return None
    if key in _BARE:
        return _Rule(_TYPES.get(key, ""), _BARE[key])
    for ending, is_uid in _ENDINGS:
        if key.endswith(ending) and len(key) > len(ending):
            stem = key[: -len(ending)]
            return _Rule(_TYPES.get(proper) or stem[0].upper() + stem[1:], is_uid)
    return None


def of_event(
    event: Document, parameters: Document | None, operation: Operation
) -> list[ResourceDetails] | None:
    """The resources of an event, consuming what names them; None where nothing does."""
    found: list[ResourceDetails] = []
    listed = event.get("resources")
    if listed.__class__ is list:
        _listed(event, listed, found)
    if not found:
        if parameters:
            _named(parameters, operation, found)
        if operation.activity_id == 1:
            answer = event.get("responseElements")
            if answer.__class__ is dict:
                _created(answer, operation, found)
        if not found and "additionalEventData" in event:
            _of_service_event(event, found)
    return found or None


def _listed(event: Document, listed: list[Any], found: list[ResourceDetails]) -> None:
    """CloudTrail's `resources`; an entry without an ARN or with odd members stays."""
    remainder = []
    for entry in listed:
        resource = _entry(entry) if entry.__class__ is dict and len(found) < MOST else None
        if resource is None:
            remainder.append(entry)
        else:
            found.append(resource)
            if entry:
                remainder.append(entry)
    if remainder:
        event["resources"] = remainder
    else:
        del event["resources"]


def _entry(entry: Document) -> ResourceDetails | None:
    """One entry of `resources`, consumed; None, leaving it whole, where it names nothing."""
    for key in ("ARN", "arn", "ARNPrefix"):
        arn = entry.get(key)
        if arn.__class__ is str and arn:
            kind, account = entry.get("type"), entry.get("accountId")
            try:
                resource = _resource(arn, kind, account)
            except TypeError:
                return None
            for name in (key, "type", "accountId"):
                entry.pop(name, None)
            return resource
    return None


@remembered(16384)
def _resource(arn: str, type_name: object, account_id: object) -> ResourceDetails:
    """The resource of these texts; TypeError where one is empty or no text."""
    kind, account = text(type_name), text(account_id)
    parts = arn.split(":", _ARN_PARTS - 1)
    name = None
    if len(parts) == _ARN_PARTS:
        name = parts[-1]
        if parts[2] != "s3":
            name = name.rpartition("/" if "/" in name else ":")[2]
    return ResourceDetails(
        name=name or None,
        owner=User(account=Account(uid=account, type_id=AWS_ACCOUNT)) if account else None,
        type=kind,
        uid=arn,
    )


def _named(parameters: Document, operation: Operation, found: list[ResourceDetails]) -> None:
    """What the request's parameters name."""
    for key in list(parameters):
        value = parameters[key]
        rule = _rule(key)
        if rule is not None:
            named = value.get("content") if value.__class__ is dict else value
            if _take(rule, operation.noun, named, found):
                del parameters[key]
        elif value.__class__ is dict and key.endswith(("Set", "Request")):
            if key.endswith("Request"):
                _named(value, operation, found)
            elif value:
                _items(value, operation.noun, found)
            if not value:
                del parameters[key]
    if operation.source == "s3":
        stored = parameters.get("key")
        if isinstance(stored, str) and stored and len(found) < MOST:
            del parameters["key"]
            found.append(ResourceDetails(name=stored, type=_OBJECT))


def _take(rule: _Rule, noun: str, value: object, found: list[ResourceDetails]) -> bool:
    """Whether `value`, a name or a list of names, has become resources."""
    kind = rule.type or noun or None
    if value.__class__ is str:
        names = [value]
    elif value.__class__ is list:
        names = value
    else:
        return False
    if (
        not names
        or len(found) + len(names) > MOST
        or not all(name.__class__ is str and name for name in names)
    ):
        return False
    if rule.is_uid:
        found.extend([ResourceDetails(type=kind, uid=name) for name in names])
    else:
        found.extend([ResourceDetails(name=name, type=kind) for name in names])
    return True


def _items(document: Document, noun: str, found: list[ResourceDetails]) -> None:
    """What EC2's `{"items": [{"instanceId": …}, …]}` names; items left empty are removed."""
    for member in ("items", "item"):
        items = document.get(member)
        if not isinstance(items, list):
            continue
        for item in items:
            if item.__class__ is dict:
                for key, value in list(item.items()):
                    rule = _rule(key)
                    if rule is not None and value.__class__ is str and _take(rule, noun, value, found):
                        del item[key]
        document[member] = [item for item in items if item != {}]
        if not document[member]:
            del document[member]


def _created(
    answer: Document, operation: Operation, found: list[ResourceDetails], *, levels: int = 3
) -> None:
    """The new thing as a creating operation's answer names it, at the top or a few levels below."""
    _new(answer, operation.noun.lower().removesuffix("s"), operation, found)
    if levels == 1:
        return
    for key, inner in list(answer.items()):
        if inner.__class__ is dict:
            _created(inner, operation, found, levels=levels - 1)
            if not inner:
                del answer[key]
        elif key == "items" and inner.__class__ is list:
            for item in inner:
                if item.__class__ is dict:
                    _new(item, operation.noun.lower().removesuffix("s"), operation, found)


def _of_service_event(event: Document, found: list[ResourceDetails]) -> None:
    """What a service did by itself names its object beside the request."""
    details = event.get("additionalEventData")
    if details.__class__ is dict:
        arn = details.get("ARN")
        if arn.__class__ is str and arn:
            found.append(_resource(arn, None, None))
            del details["ARN"]


def _new(answer: Document, noun: str, operation: Operation, found: list[ResourceDetails]) -> None:
    """Take from `answer` the ids whose name fits what the operation creates."""
    for key, value in list(answer.items()):
        rule = _rule(key)
        if rule is None or not rule.is_uid or value.__class__ is not str:
            continue
        stem = rule.type.rpartition(":")[2].lower()
        if noun.endswith(stem) and _take(rule, operation.noun, value, found):
            del answer[key]
