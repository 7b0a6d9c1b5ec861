"""Who acted: CloudTrail's userIdentity as an OCSF actor.

One principal causes thousands of events, so the actor is built once for each distinct identity and shared by
the events; nobody may change it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from affidavit.core.errors import EventError
from affidavit.formats.ocsf.objects import Account, Actor, Idp, Session, User
from affidavit.sources.aws.remainder import Document, only_texts, restore, text
from affidavit.sources.remembering import remembered
from affidavit.sources.values import time_ms

if TYPE_CHECKING:
    from affidavit.sources.aws.remainder import Path

AWS_ACCOUNT = 10
"""account.type_id of an AWS account."""
LATEST_MS = 4_102_444_800_000
"""OCSF times end with the year 2099."""

_USER_TYPES = {
    "IAMUser": 1,
    "FederatedUser": 1,
    "SAMLUser": 1,
    "WebIdentityUser": 1,
    "IdentityCenterUser": 1,
    "Directory": 1,
    "Root": 2,
    "AWSService": 4,
    "Unknown": 0,
}
_OTHER = 99
_FLAGS = {"true": True, "false": False}
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+").fullmatch


def email(name: str | None) -> str | None:
    """`name` where it is an e-mail address, as the names of users and role sessions often are."""
    return name if name is not None and "@" in name and _EMAIL(name) else None


class Identity(NamedTuple):
    """An actor, its user, and the texts about its session that could not be read."""

    actor: Actor
    user: User
    unread: tuple[tuple[Path, str], ...]


UNKNOWN = Identity(Actor(user=User(name="Unknown", type_id=0)), User(name="Unknown", type_id=0), ())
"""Whoever caused an event that does not say who."""

_MEMBERS = ("type", "principalId", "arn", "accountId", "accessKeyId", "userName", "invokedBy")
_CREATED: Path = ("userIdentity", "sessionContext", "attributes", "creationDate")
_MFA: Path = ("userIdentity", "sessionContext", "attributes", "mfaAuthenticated")
_PATHS: tuple[Path, ...] = (
    *(("userIdentity", name) for name in _MEMBERS),
    ("userIdentity", "sessionContext", "sessionIssuer", "arn"),
    _CREATED,
    _MFA,
    ("userIdentity", "sessionContext", "webIdFederationData", "federatedProvider"),
)


def read(event: Document) -> Identity:
    """Who acted, consuming what was read of `event["userIdentity"]`."""
    identity = event.get("userIdentity")
    if identity.__class__ is not dict:
        if identity is None:
            event.pop("userIdentity", None)
        return UNKNOWN
    pop = identity.pop
    issuer = created = mfa = provider = None
    context = identity.get("sessionContext")
    if context.__class__ is dict:
        issuer, created, mfa, provider = _session(context)
        if not context:
            del identity["sessionContext"]
    values: tuple[object, ...] = (
        pop("type", None),
        pop("principalId", None),
        pop("arn", None),
        pop("accountId", None),
        pop("accessKeyId", None),
        pop("userName", None),
        pop("invokedBy", None),
        issuer,
        created,
        mfa,
        provider,
    )
    if identity and (
        "onBehalfOf" in identity or "identityProvider" in identity or "credentialId" in identity
    ):
        values = _person(identity, values)
    if not identity:
        del event["userIdentity"]
    try:
        known = _identity(*values)
    except TypeError:
        known = _identity(*only_texts(event, _PATHS, values))
    for path, unread in known.unread:
        restore(event, path, unread)
    return known


def _session(context: Document) -> tuple[object, object, object, object]:
    """Consume of a sessionContext: the issuer's ARN, its beginning, whether with MFA, the provider."""
    issuer = created = mfa = provider = None
    inner = context.get("sessionIssuer")
    if inner.__class__ is dict:
        issuer = inner.pop("arn", None)
        if not inner:
            del context["sessionIssuer"]
    inner = context.get("attributes")
    if inner.__class__ is dict:
        created = inner.pop("creationDate", None)
        mfa = inner.pop("mfaAuthenticated", None)
        if not inner:
            del context["attributes"]
    inner = context.get("webIdFederationData")
    if inner.__class__ is dict:
        provider = inner.pop("federatedProvider", None)
        if not inner:
            del context["webIdFederationData"]
    return issuer, created, mfa, provider


def _person(identity: Document, values: tuple[object, ...]) -> tuple[object, ...]:
    """Fill what federated and Identity Center users say under other names: user id, credential, provider."""
    kind, principal, arn, account, key, *rest, provider = values
    if key is None and isinstance(identity.get("credentialId"), str):
        key = identity.pop("credentialId")
    behalf = identity.get("onBehalfOf")
    if principal is None and isinstance(behalf, dict) and isinstance(behalf.get("userId"), str):
        principal = behalf.pop("userId")
        if not behalf:
            del identity["onBehalfOf"]
    if provider is None and isinstance(identity.get("identityProvider"), str):
        provider = identity.pop("identityProvider")
    return (kind, principal, arn, account, key, *rest, provider)


@remembered(16384)
def _identity(*values: object) -> Identity:
    """The identity of the values at _PATHS; TypeError where one of them is empty or no text."""
    kind, principal, arn, account, key, name, invoked_by, issuer, created, mfa, provider = map(text, values)
    shown = name or _name(kind, principal, arn) or (invoked_by if arn is None and principal is None else None)
    user = User(
        account=Account(uid=account, type_id=AWS_ACCOUNT) if account else None,
        credential_uid=key,
        email_addr=email(shown),
        name=shown,
        type=kind,
        type_id=_USER_TYPES.get(kind, _OTHER) if kind else (4 if invoked_by else 0),
        uid=arn or principal,
        uid_alt=principal if arn else None,
    )
    if user.account is None and user.name is None and user.uid is None:
        user.name = "Unknown"
    created_ms = session_start_ms(created)
    is_mfa = _FLAGS.get(mfa or "")
    session = None
    if issuer or created_ms or is_mfa is not None:
        session = Session(created_time=created_ms, is_mfa=is_mfa, issuer=issuer)
    unread: list[tuple[Path, str]] = []
    if created and created_ms is None:
        unread.append((_CREATED, created))
    if mfa and is_mfa is None:
        unread.append((_MFA, mfa))
    actor = Actor(
        idp=Idp(name=provider) if provider else None, invoked_by=invoked_by, session=session, user=user
    )
    return Identity(actor, user, tuple(unread))


def _name(kind: str | None, principal: str | None, arn: str | None) -> str | None:
    """The last name in an ARN or a role's principal id (the session's, often a person's), or `root`."""
    if arn and "/" in arn:
        return arn.rpartition("/")[2] or None
    if principal and ":" in principal:
        return principal.rpartition(":")[2] or None
    return "root" if kind == "Root" else None


def session_start_ms(created: str | None) -> int | None:
    """Milliseconds since 1970 of a session's creationDate; None where it cannot be read."""
    if created is None:
        return None
    try:
        ms, _ = time_ms(created)
    except EventError:
        return None
    return ms if ms < LATEST_MS else None
