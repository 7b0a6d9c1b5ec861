"""Who asked the API server: the user as OCSF, and whom the user impersonated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from affidavit.formats.ocsf.objects import Actor, Authorization, Group, Policy, ResourceDetails, User
from affidavit.sources.kubernetes.remainder import only_text, opened, take
from affidavit.sources.remembering import remembered

if TYPE_CHECKING:
    from affidavit.sources.kubernetes.remainder import Document

UNKNOWN = User(name="Unknown", type_id=0)
"""Whoever caused an event that does not say who."""
_UNKNOWN_TYPE, _USER, _SYSTEM, _SERVICE = 0, 1, 3, 4
_RELATED = 4
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+").fullmatch
DECISION = "authorization.k8s.io/decision"
"""The annotation that says allow or forbid."""
_REASON = "authorization.k8s.io/reason"
_CREDENTIAL = "authentication.kubernetes.io/credential-id"


def actor(event: Document) -> Actor:
    """The actor, consuming what was read of `user` and of the authorizer's annotations."""
    annotations = opened(event, "annotations")
    authorizations = None
    if annotations is not None:
        decision, reason = take(annotations, DECISION), take(annotations, _REASON)
        if decision or reason:
            authorizations = [_authorization(decision, reason)]
        if not annotations:
            del event["annotations"]
    return Actor(authorizations=authorizations, user=_user(event))


def _user(event: Document) -> User:
    """The user of the event; names are the identity in Kubernetes, where most users have no uid."""
    document = opened(event, "user")
    if document is None:
        return UNKNOWN
    name, uid = take(document, "username"), take(document, "uid")
    groups = _group_names(document)
    arn = credential = None
    extra = opened(document, "extra")
    if extra is not None:
        arn = only_text(extra, "arn")
        credential = only_text(extra, "accessKeyId") or only_text(extra, _CREDENTIAL)
        if not extra:
            del document["extra"]
    if not document:
        del event["user"]
    return user_named(name, uid=uid, groups=groups, arn=arn, credential=credential)


def _group_names(document: Document) -> tuple[str, ...]:
    """Pop `groups` where it is a list of texts."""
    groups = document.get("groups")
    if isinstance(groups, list) and all(isinstance(group, str) and group for group in groups):
        del document["groups"]
        return tuple(groups)
    return ()


@remembered(16384)
def user_named(
    name: str | None,
    *,
    uid: str | None = None,
    groups: tuple[str, ...] = (),
    arn: str | None = None,
    credential: str | None = None,
) -> User:
    """The user of that name; shared by its events, so nobody may change it.

    `arn` and `credential` are what EKS adds: the AWS principal behind the name and its key.
    """
    if name is None and uid is None:
        return User(
            credential_uid=credential,
            groups=[Group(name=group) for group in groups] or None,
            name="Unknown",
            type_id=0,
            uid_alt=arn,
        )
    kind, type_id = _kind(name or "")
    return User(
        credential_uid=credential,
        email_addr=name if name and "@" in name and _EMAIL(name) else None,
        groups=[Group(name=group) for group in groups] or None,
        name=name,
        type=kind,
        type_id=type_id,
        uid=uid or name,
        uid_alt=arn,
    )


def _kind(name: str) -> tuple[str, int]:
    """What a name says of its bearer, as caption and user.type_id."""
    if name.startswith("system:serviceaccount:"):
        return "ServiceAccount", _SERVICE
    if name == "system:anonymous":
        return "Anonymous", _UNKNOWN_TYPE
    if name.startswith("system:"):
        return "System", _SYSTEM
    return "User", _USER


@remembered(8192)
def _authorization(decision: str | None, reason: str | None) -> Authorization:
    """What the authorizer decided and why; the reason names roles, bindings and users."""
    policy = None
    if reason:
        policy = Policy(desc=reason, type="RBAC" if reason.startswith("RBAC") else "Authorizer")
    return Authorization(decision=decision, policy=policy)


def impersonated(event: Document) -> ResourceDetails | None:
    """Whom the actor acted as; there is no place for a second user, so it is a related resource."""
    document = opened(event, "impersonatedUser")
    if document is None:
        return None
    name, uid = take(document, "username"), take(document, "uid")
    if not document:
        del event["impersonatedUser"]
    if name is None and uid is None:
        return None
    return ResourceDetails(name=name, role="Impersonated", role_id=_RELATED, type="users", uid=uid or name)
