"""Authentication (3002): who signed in, tried to, switched account or left, by sshd, PAM, sudo, su and login.

`user` is the account that the line is about; `actor.user` is who acted: the same, or for sudo and su the
one who switched.
"""

from __future__ import annotations

from affidavit.formats.ocsf.classes_iam import Authentication
from affidavit.formats.ocsf.objects import (
    Actor,
    AuthFactor,
    Certificate,
    Fingerprint,
    Service,
    Session,
    User,
)
from affidavit.sources.linux.families import SUCCESS, Family, Found, Saying
from affidavit.sources.linux.subjects import SSHD, always, client, process, remainder, server_of, user

LOGON, LOGOFF, PREAUTH, ACCOUNT_SWITCH = 1, 2, 6, 7
"""activity_id."""

_METHODS = {
    "password": "password",
    "publickey": "publickey",
    "none": "none",
    "hostbased": "hostbased",
    "keyboard-interactive": "keyboard-interactive",
    "keyboard-interactive/pam": "keyboard-interactive",
    "keyboard-interactive/bsdauth": "keyboard-interactive",
    "challenge-response": "keyboard-interactive",
    "gssapi-with-mic": "gssapi-with-mic",
    "gssapi-keyex": "gssapi-keyex",
}
"""Methods that sshd offers, to the one word for them. A client may send any other, so it is no code."""
_KERBEROS, _OTHER = 2, 99
_PASSWORD = 11
_MD5, _SHA1, _SHA256, _SHA512 = 1, 2, 3, 4
_HASHES = {"MD5": _MD5, "SHA1": _SHA1, "SHA256": _SHA256, "SHA512": _SHA512}
_LOGON_TYPES = {
    "cron": (4, "Batch"),
    "crond": (4, "Batch"),
    "atd": (4, "Batch"),
    "systemd-user": (5, "OS Service"),
    "login": (2, "Interactive"),
    "remote": (10, "Remote Interactive"),
}
_NETWORK = (3, "Network")
_ROOT = "root-login"
"""Codes of the families that speak of root without naming a user."""
_SWITCHING = frozenset({"su", "su-l", "sudo", "sudo-i", "runuser", "runuser-l", "doas", "pkexec", "polkit-1"})


def authentication(saying: Saying, family: Family, found: Found) -> Authentication:
    """The event of a line about an account; see `families.Found` for what it takes out of `found`."""
    service = found.pop("service", None) or saying.program
    remote = service in SSHD
    code, protocol = _method(family, found)
    credential = found.pop("fingerprint", None)
    if family.code.startswith(_ROOT):
        found["user"] = "root"
    account = user(found)
    account.credential_uid = credential
    actor = _actor(saying, service, account, found)
    activity_id = family.activity_id
    if activity_id == LOGON and family.status_id == SUCCESS and service in _SWITCHING:
        activity_id = ACCOUNT_SWITCH
    logon: tuple[int, str] | tuple[None, None] = (None, None)
    if activity_id == LOGON:
        logon = _NETWORK if remote else _LOGON_TYPES.get(service, logon)
    endpoint = client(found)
    invalid = found.pop("invalid", None)
    detail = found.pop("reason", None)
    if invalid is not None and detail is None:
        detail = "invalid user"
    number = found.pop("session", None) or (None if saying.line.pid is None else str(saying.line.pid))
    terminal = found.pop("tty", None)
    times = found.pop("count", None)
    common = always(saying, family, code=code)
    common["activity_id"] = activity_id
    if times is not None:
        common["count"] = int(times)
    return Authentication(
        **common,
        account_switch_type="Substitute User" if activity_id == ACCOUNT_SWITCH else None,
        account_switch_type_id=1 if activity_id == ACCOUNT_SWITCH else None,
        actor=actor,
        auth_factors=[AuthFactor(factor_type="Password", factor_type_id=_PASSWORD)]
        if protocol == "password"
        else None,
        auth_protocol=protocol,
        auth_protocol_id=None
        if protocol is None
        else (_KERBEROS if protocol.startswith("gssapi") else _OTHER),
        certificate=_certificate(found, credential),
        dst_endpoint=server_of(saying, found),
        is_remote=True if remote else None,
        logon_process=process(saying),
        logon_type_id=logon[0],
        logon_type=logon[1],
        service=Service(name=service or "syslog"),
        session=Session(
            uid=number, terminal=terminal, credential_uid=credential, is_remote=True if remote else None
        )
        if number is not None or terminal
        else None,
        src_endpoint=endpoint,
        status_code="invalid-user" if invalid is not None else None,
        status_detail=detail,
        user=account,
        unmapped=remainder(saying, found),
    )


def _method(family: Family, found: Found) -> tuple[str, str | None]:
    """(the event code, the method that was used)."""
    method = found.pop("method", None)
    if method is None:
        return family.code, None
    known = _METHODS.get(method)
    if known != method:
        found["method"] = method
    if known is None:
        return f"{family.code}-other", None
    return f"{family.code}-{known}", known


def _actor(saying: Saying, service: str, account: User, found: Found) -> Actor:
    """Who acted: whoever the line says did it where accounts are switched, else the account itself."""
    who = account
    if service in _SWITCHING:
        name, uid = found.pop("by", None), found.pop("by_uid", None)
        if name or uid:
            who = User(name=name or None, uid=uid)
    return Actor(user=who, process=process(saying))


def _certificate(found: Found, credential: str | None) -> Certificate | None:
    """The SSH certificate that was shown; its key ID is what the authority wrote into it."""
    serial = found.pop("serial", None)
    if serial is None:
        return None
    authority = " ".join(filter(None, (found.pop("ca_type", None), found.pop("ca_fingerprint", None))))
    kind, _, value = (credential or "").partition(":")
    return Certificate(
        issuer=authority or "unknown",
        serial_number=serial,
        subject=found.pop("key_id", None),
        fingerprints=[Fingerprint(algorithm_id=_HASHES.get(kind, _OTHER), value=value)] if value else None,
    )
