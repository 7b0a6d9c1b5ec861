"""Authentication (3002): sign-ins to console and IAM Identity Center, credentials of STS and Cognito.

`user` is whom the credentials stand for: the signed-in user, or the session of the role that was assumed.
`actor` is who asked, so that a search by actor finds both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from affidavit.formats.ocsf.classes_iam import Authentication
from affidavit.formats.ocsf.objects import Actor, Service, Session, User
from affidavit.sources.aws.call import FAILURE
from affidavit.sources.aws.identity import email
from affidavit.sources.aws.remainder import drop_empty, inner, take

if TYPE_CHECKING:
    from affidavit.sources.aws.call import Call

LOGON, LOGOFF, PREAUTH, ACCOUNT_SWITCH = 1, 2, 6, 7
"""activity_id."""
_IMPERSONATE = 2

ACTIVITIES: dict[tuple[str, str], int] = {
    ("signin", "ConsoleLogin"): LOGON,
    ("signin", "ExternalIdPDirectoryLogin"): LOGON,
    ("signin", "UserAuthentication"): LOGON,
    ("signin", "GetSigninToken"): LOGON,
    ("signin", "CheckMfa"): PREAUTH,
    ("signin", "CredentialChallenge"): PREAUTH,
    ("signin", "CredentialVerification"): PREAUTH,
    ("signin", "SwitchRole"): ACCOUNT_SWITCH,
    ("signin", "ExitRole"): ACCOUNT_SWITCH,
    ("signin", "Logout"): LOGOFF,
    ("signin", "Signout"): LOGOFF,
    ("sso", "Authenticate"): LOGON,
    ("sso", "Federate"): LOGON,
    ("sso", "GetRoleCredentials"): LOGON,
    ("sso", "Logout"): LOGOFF,
    ("sso-oauth", "CreateToken"): LOGON,
    ("sso-oauth", "CreateTokenWithIAM"): LOGON,
    ("sso", "CreateToken"): LOGON,
    ("sts", "AssumeRole"): LOGON,
    ("sts", "AssumeRoleWithSAML"): LOGON,
    ("sts", "AssumeRoleWithWebIdentity"): LOGON,
    ("sts", "AssumeRoot"): LOGON,
    ("sts", "GetFederationToken"): LOGON,
    ("sts", "GetSessionToken"): LOGON,
    ("rolesanywhere", "CreateSession"): LOGON,
    ("cognito-idp", "InitiateAuth"): LOGON,
    ("cognito-idp", "AdminInitiateAuth"): LOGON,
    ("cognito-idp", "RespondToAuthChallenge"): LOGON,
    ("cognito-idp", "AdminRespondToAuthChallenge"): LOGON,
    ("cognito-idp", "Login_GET"): LOGON,
    ("cognito-idp", "Login_POST"): LOGON,
    ("cognito-idp", "Token_POST"): LOGON,
    ("cognito-idp", "SAML2Response_POST"): LOGON,
    ("cognito-idp", "GlobalSignOut"): LOGOFF,
    ("cognito-idp", "AdminUserGlobalSignOut"): LOGOFF,
    ("cognito-idp", "Logout_GET"): LOGOFF,
    ("cognito-identity", "GetCredentialsForIdentity"): LOGON,
}
"""(service, operation) -> activity_id."""


class _Protocol(NamedTuple):
    id: int
    caption: str


_SAML = _Protocol(5, "SAML")
_OPENID = _Protocol(4, "OpenID")
_PROTOCOLS = {
    "AssumeRoleWithSAML": _SAML,
    "ExternalIdPDirectoryLogin": _SAML,
    "SAML2Response_POST": _SAML,
    "AssumeRoleWithWebIdentity": _OPENID,
}
_MFA = {"Yes": True, "No": False}
_HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


def event(call: Call, activity_id: int) -> Authentication:
    """The call as Authentication."""
    _outcome(call)
    is_mfa = _is_mfa(call)
    user, session = _subject(call)
    protocol = _PROTOCOLS.get(call.operation.name)
    return Authentication(
        account_switch_type_id=_IMPERSONATE if activity_id == ACCOUNT_SWITCH else None,
        activity_id=activity_id,
        auth_protocol=protocol.caption if protocol else None,
        auth_protocol_id=protocol.id if protocol else None,
        is_mfa=is_mfa,
        service=call.operation.service or Service(name="AWS"),
        session=session,
        user=user,
        **call.access(),
    )


def _outcome(call: Call) -> None:
    """Sign-ins say their outcome under their own name: `{"ConsoleLogin": "Failure"}`."""
    for member in ("responseElements", "serviceEventDetails"):
        answer = inner(call.event, member)
        if answer is not None and answer.get(call.operation.name) in ("Success", "Failure"):
            if answer.pop(call.operation.name) == "Failure":
                call.status_id = FAILURE
            drop_empty(call.event, member)


def _is_mfa(call: Call) -> bool | None:
    """Whether the sign-in says that it used a second factor."""
    details = inner(call.event, "additionalEventData")
    used = None if details is None else details.get("MFAUsed")
    if details is None or not isinstance(used, str) or used not in _MFA:
        return None
    del details["MFAUsed"]
    drop_empty(call.event, "additionalEventData")
    return _MFA[used]


def _subject(call: Call) -> tuple[User, Session | None]:
    """Whom the credentials stand for, and the session that they open."""
    answer = inner(call.event, "responseElements")
    credentials = inner(answer, "credentials")
    key = take(credentials, "accessKeyId")
    role = take(call.parameters, "roleArn")
    session = Session(credential_uid=key, issuer=role) if key or role else None
    user = _signed_in(call)
    if call.operation.source == "sts":
        user = _assumed(call, role) or user
    drop_empty(call.event, "responseElements", "credentials")
    return user, session


def _assumed(call: Call, role: str | None) -> User | None:
    """The session of the assumed role or federated user; None where the call names neither."""
    answer = inner(call.event, "responseElements")
    arn = uid = None
    for member, id_name in (("assumedRoleUser", "assumedRoleId"), ("federatedUser", "federatedUserId")):
        subject = inner(answer, member)
        if answer is not None and subject is not None:
            arn, uid = take(subject, "arn"), take(subject, id_name)
            drop_empty(answer, member)
    name = take(call.parameters, "roleSessionName") or (
        take(call.parameters, "name") if call.operation.name == "GetFederationToken" else None
    )
    target = arn or role
    if target is None and name is None and uid is None:
        return None
    return User(
        email_addr=email(name),
        name=name or (target.rpartition("/")[2] or None if target else None),
        type="FederatedUser" if call.operation.name == "GetFederationToken" else "AssumedRole",
        type_id=99,
        uid=target or uid,
        uid_alt=uid if target else None,
    )


def _signed_in(call: Call) -> User:
    """The acting user, with the name that sign-in events carry beside a nameless identity."""
    user = call.user
    if user.name is not None and user.name not in {"Unknown", _HIDDEN}:
        return user
    details = inner(call.event, "additionalEventData")
    name = take(details, "UserName") or take(details, "username")
    if name is None:
        return user
    drop_empty(call.event, "additionalEventData")
    named = User(
        account=user.account,
        credential_uid=user.credential_uid,
        email_addr=email(name),
        name=name,
        type=user.type,
        type_id=user.type_id,
        uid=user.uid,
        uid_alt=user.uid_alt,
    )
    actor = call.actor
    call.actor = Actor(idp=actor.idp, invoked_by=actor.invoked_by, session=actor.session, user=named)
    return named
