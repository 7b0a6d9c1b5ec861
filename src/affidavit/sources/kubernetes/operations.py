"""What was asked for: verb and resource as an OCSF activity and API."""

from __future__ import annotations

import re
from dataclasses import dataclass

from affidavit.formats.ocsf.objects import Api, Group, Service
from affidavit.sources.remembering import remembered

UNKNOWN, CREATE, READ, UPDATE, DELETE, OTHER = 0, 1, 2, 3, 4, 99
"""activity_id of API Activity."""

_ACTIVITY = {
    "create": CREATE,
    "post": CREATE,
    "get": READ,
    "head": READ,
    "list": READ,
    "options": READ,
    "watch": READ,
    "apply": UPDATE,
    "patch": UPDATE,
    "put": UPDATE,
    "update": UPDATE,
    "delete": DELETE,
    "deletecollection": DELETE,
}
_VERB = re.compile(r"[A-Za-z]{1,32}").fullmatch
_NAME = re.compile(r"[A-Za-z0-9*][A-Za-z0-9*./-]{0,252}").fullmatch
_SERVICE = Service(name="kube-apiserver")


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """A verb on a kind of resource, shared by all its events; nothing here is personal."""

    activity_id: int
    api: Api
    code: str | None
    """Such as `create pods/exec`; None where the verb is unknown."""
    kind: str | None
    """The resource with its subresource, as the event says it."""


@remembered(16384)
def operation(
    verb: str | None, resource: str | None, subresource: str | None, group: str | None, version: str | None
) -> Operation:
    """The operation; `verb`, `group` and `version` are expected to be fit for the facts, see `fit`."""
    kind = f"{resource}/{subresource}" if resource and subresource else resource
    code = verb
    if verb and resource and _NAME(resource) and (not subresource or _NAME(subresource)):
        code = f"{verb} {kind}"
    return Operation(
        activity_id=_ACTIVITY.get(verb.lower(), OTHER) if verb else UNKNOWN,
        api=Api(
            group=Group(name=group) if group else None,
            operation=verb or "Unknown",
            service=_SERVICE,
            version=version,
        ),
        code=code,
        kind=kind,
    )


def is_verb(text: str) -> bool:
    """Whether `text` may stand in the facts as a verb."""
    return text in _ACTIVITY or _VERB(text) is not None


@remembered(4096)
def is_name(text: str) -> bool:
    """Whether `text` may stand in the facts as the name of an API group, a version, a level or a stage."""
    return _NAME(text) is not None
