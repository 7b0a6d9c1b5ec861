"""Authentication (3002): sign-ons to Okta and applications, factors verified, sessions ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.formats.ocsf.classes_iam import Authentication
from affidavit.formats.ocsf.objects import Actor, AuthFactor, Service, User
from affidavit.formats.ocsf.shared import Shared, encoded
from affidavit.sources.okta.principal import UNKNOWN_USER, service, user_of

if TYPE_CHECKING:
    from affidavit.sources.okta.event import Party
    from affidavit.sources.okta.frame import Frame, Unmapped

PROFILES: tuple[str, ...] = ()
_OKTA = encoded(Service(name="Okta"))
_APPLICATIONS = ("AppInstance", "PublicClientApp", "OIDCClient")
_PROTOCOLS = {
    "saml": (5, "SAML"),
    "oauth2": (6, "OAUTH 2.0"),
    "openid": (4, "OpenID"),
    "radius": (10, "RADIUS"),
    "ldap": (12, "LDAP"),
    "kerberos": (2, "Kerberos"),
}
_NO_PROTOCOL = (None, None)
_FACTORS = {
    "OTP": 7, "SMS": 1, "PASSWORD": 11, "EMAIL": 8, "PUSH": 5, "CALL": 3, "QUESTION": 2, "WEBAUTHN": 10,
    "U2F": 9, "DEVICE_UDID": 99, "SIGNED_NONCE": 5, "CERTIFICATE": 99, "OKTA_CLIENT_SESSION": 99, "TOKEN": 6,
}  # fmt: skip
_OTHER = 99


def build(frame: Frame) -> Authentication:
    """The user is the first target that is one, or the actor; the service the application, or Okta itself."""
    left: list[Party] | None = None
    user = application = None
    for party in frame.targets:
        if party.type == "User" and user is None and not party.detail_entry:
            user = user_of(party)
            if user is not None:
                continue
        elif party.type in _APPLICATIONS and application is None and not party.detail_entry:
            application = service(party)
            if application is not None:
                continue
        if left is None:
            left = []
        left.append(party)
    if frame.user is None and user is not None:
        frame.actor = _named(frame.actor, user)
    event = Authentication(
        activity_id=frame.activity_id,
        metadata=frame.metadata,
        severity_id=frame.severity_id,
        time=frame.time,
        user=(user or frame.user or UNKNOWN_USER).encoded,
    )
    event.service = application or _OKTA
    event.session = frame.session
    if option := frame.option:
        event.is_mfa = True if option == "mfa" else None
        event.auth_protocol_id, event.auth_protocol = _PROTOCOLS.get(option) or _NO_PROTOCOL
    event.auth_factors = _factors(frame.unmapped)
    frame.finish(event, left)
    return event


def _named(actor: Actor | None, user: Shared[User]) -> Actor:
    """The same actor with a name: whoever signs on is who acts."""
    if actor is None:
        return Actor(user=user.encoded)
    actor.user = user.encoded
    return actor


def _factors(unmapped: Unmapped) -> list[AuthFactor] | None:
    """The credential of this step, out of the authentication context."""
    context = unmapped.get("authenticationContext")
    if context is None or "credentialType" not in context:
        return None
    kind = context.pop("credentialType")
    provider = context.pop("credentialProvider", None)
    if not context:
        del unmapped["authenticationContext"]
    return [AuthFactor(factor_type_id=_FACTORS.get(kind, _OTHER), factor_type=kind, provider=provider)]
