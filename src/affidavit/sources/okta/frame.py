"""What every class of event shares, gathered once: when, who, from where, with what outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from affidavit.core.errors import EventError
from affidavit.formats.ocsf.classes_application import ApiActivity
from affidavit.formats.ocsf.classes_iam import (
    AccountChange,
    Authentication,
    EntityManagement,
    GroupManagement,
    UserAccess,
)
from affidavit.formats.ocsf.objects import (
    Actor,
    Device,
    HttpRequest,
    Metadata,
    NetworkEndpoint,
    Product,
    Session,
    Url,
    User,
)
from affidavit.formats.ocsf.shared import Shared, encoded
from affidavit.sources.okta.device import device
from affidavit.sources.okta.outcome import (
    NO_RESULT,
    NO_SEVERITY,
    OTHER_RESULT,
    OTHER_SEVERITY,
    RESULTS,
    SEVERITIES,
)
from affidavit.sources.okta.presence import presence
from affidavit.sources.values import time_ms

if TYPE_CHECKING:
    from affidavit.sources.okta.event import AuthenticationContext, LogEvent, Party, Transaction

PRODUCT = encoded(Product(name="Okta", vendor_name="Okta"))
OCSF_VERSION = "1.8.0"
LOG_NAME = "System Log"
RECEIVED = ["time:received"]
"""The label of an event whose time is that of receipt, because it carries none that can be read."""
LATEST_MS = 4_102_444_800_000
"""2100-01-01: no event has happened after it."""
_NO_SESSION = frozenset({None, "", "unknown"})


Unmapped = dict[str, Any]
Mapped = AccountChange | ApiActivity | Authentication | EntityManagement | GroupManagement | UserAccess


class Frame(msgspec.Struct, gc=False):
    """The shared attributes of one event, and what is left for its class to take: targets and `unmapped`."""

    code: str
    activity_id: int
    option: str
    time: int
    timezone_offset: int | None
    metadata: Metadata
    severity_id: int
    severity: str
    status_id: int
    status: str
    status_detail: str | None
    message: str | None
    actor: Actor | None
    user: Shared[User] | None
    session: Session | None
    src_endpoint: Shared[NetworkEndpoint] | None
    http_request: HttpRequest | None
    device: Device | None
    targets: list[Party]
    unmapped: dict[str, Any]

    def rest(self, targets: list[Party] | None = None) -> dict[str, Any] | None:
        """`unmapped`, with the targets that the class did not take; None where nothing is left."""
        if targets:
            self.unmapped["target"] = targets
        return self.unmapped or None

    def finish(self, event: Mapped, targets: list[Party] | None) -> None:
        """Give `event` what it shares with the others; `targets` are those that its class did not take.

        Attributes are set one by one because a constructor searches all its fields for each keyword.
        """
        event.severity = self.severity
        event.timezone_offset = self.timezone_offset
        event.status_id = self.status_id
        event.status = self.status
        event.status_detail = self.status_detail
        event.message = self.message
        event.actor = self.actor
        event.src_endpoint = None if self.src_endpoint is None else self.src_endpoint.encoded
        event.http_request = self.http_request
        event.device = self.device
        if targets:
            self.unmapped["target"] = targets
        event.unmapped = self.unmapped or None


def frame(
    event: LogEvent, *, received_us: int, activity_id: int, option: str, profiles: tuple[str, ...]
) -> Frame:
    """Gather what `event` says whatever its class; its type must be known to be there."""
    there = presence(event)
    who, program, client_uid = there.user, there.program, there.client_uid
    unmapped = there.unmapped.copy()
    code = event.event_type or ""
    time, offset, published, labels = _when(event, received_us, unmapped)
    session = _session(event.authentication_context, event.transaction, unmapped)
    actor = None
    if who is not None or session is not None or client_uid or program:
        actor = Actor(
            user=None if who is None else who.encoded,
            session=session,
            app_uid=client_uid,
            app_name=program,
        )
    status_id, status, reason = _outcome(event, unmapped)
    severity_id, severity = NO_SEVERITY
    if event.severity is not None:
        severity_id, severity = SEVERITIES.get(event.severity) or OTHER_SEVERITY
        if severity_id == OTHER_SEVERITY[0]:
            unmapped["severity"] = event.severity
    if event.legacy_event_type:
        unmapped["legacyEventType"] = event.legacy_event_type
    machine = None
    if event.device:
        machine = device(event.device, unmapped)
        if machine is not None and "host" not in profiles:
            profiles = (*profiles, "host")
    return Frame(
        code,
        activity_id,
        option,
        time,
        offset,
        Metadata(
            product=PRODUCT,
            version=OCSF_VERSION,
            event_code=code,
            uid=event.uuid or None,
            correlation_uid=None if event.transaction is None else event.transaction.id or None,
            log_name=LOG_NAME,
            log_version=event.version or None,
            original_time=published,
            profiles=list(profiles) if profiles else None,
            labels=labels,
        ),
        severity_id,
        severity,
        status_id,
        status,
        reason,
        event.display_message or None,
        actor,
        who,
        session,
        there.endpoint,
        _http_request(event, there.user_agent, unmapped),
        machine,
        event.target or [],
        unmapped,
    )


def _when(
    event: LogEvent, received_us: int, unmapped: dict[str, Any]
) -> tuple[int, int | None, str | None, list[str] | None]:
    """(time, offset, original, labels): the time of receipt where the event has no usable one of its own."""
    published = event.published
    if published:
        try:
            time, offset = time_ms(published)
        except EventError:
            time = LATEST_MS
        if time < LATEST_MS:
            return time, offset, published, None
        unmapped["published"] = published
    return max(1, received_us // 1000), None, None, RECEIVED


def _outcome(event: LogEvent, unmapped: dict[str, Any]) -> tuple[int, str, str | None]:
    """(status_id, status, status_detail)."""
    outcome = event.outcome
    if outcome is None:
        return *NO_RESULT, None
    result = outcome.result
    if not result:
        return *NO_RESULT, outcome.reason or None
    known = RESULTS.get(result)
    if known is None:
        unmapped["outcome"] = {"result": result}
        known = OTHER_RESULT
    return *known, outcome.reason or None


def _session(
    context: AuthenticationContext | None, transaction: Transaction | None, unmapped: dict[str, Any]
) -> Session | None:
    """The session that was acted in. How it was authenticated stays in `unmapped` for the class to take."""
    token = None
    if transaction is not None:
        if transaction.detail is not None:
            token = transaction.detail.request_api_token_id or None
        if transaction.type:
            unmapped["transaction"] = {"type": transaction.type}
    uid = root = None
    if context is not None:
        uid = None if context.external_session_id in _NO_SESSION else context.external_session_id
        root = None if context.root_session_id in _NO_SESSION else context.root_session_id
        if left := _means(context):
            unmapped["authenticationContext"] = left
    if uid is None and root is None and token is None:
        return None
    return Session(uid=uid, uid_alt=None if root == uid else root, credential_uid=token)


def _means(context: AuthenticationContext) -> dict[str, Any]:
    """How the session was authenticated, under Okta's own names."""
    means: dict[str, Any] = {}
    if context.issuer:
        means["issuer"] = context.issuer
    if context.credential_type:
        means["credentialType"] = context.credential_type
    if context.credential_provider:
        means["credentialProvider"] = context.credential_provider
    if context.authentication_provider:
        means["authenticationProvider"] = context.authentication_provider
    if context.interface:
        means["interface"] = context.interface
    if context.authentication_step is not None:
        means["authenticationStep"] = context.authentication_step
    return means


def _http_request(event: LogEvent, user_agent: str | None, unmapped: dict[str, Any]) -> HttpRequest | None:
    """The request that caused the event; the debug data that it does not take stay in `unmapped`."""
    debug = None if event.debug_context is None else event.debug_context.debug_data
    if not debug:
        return None if user_agent is None else HttpRequest(user_agent=user_agent)
    uid = debug.pop("requestId", None)
    path = debug.pop("requestUri", None)
    whole = debug.pop("url", None)
    if debug:
        unmapped["debugContext"] = {"debugData": debug}
    url = Url(path=path, url_string=whole) if path or whole else None
    if user_agent is None and uid is None and url is None:
        return None
    return HttpRequest(user_agent=user_agent, uid=uid, url=url)
