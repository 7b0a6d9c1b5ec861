"""What every CloudTrail event says, whatever its class: when, where, who, whence, with what outcome."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from affidavit.core.errors import EventError
from affidavit.formats.ocsf.event import STATUS
from affidavit.formats.ocsf.objects import (
    Account,
    Api,
    Cloud,
    Feature,
    HttpRequest,
    Metadata,
    NetworkEndpoint,
    Product,
    Request,
)
from affidavit.sources.aws import identity
from affidavit.sources.aws.operations import Operation, operation
from affidavit.sources.aws.remainder import Document, Path, only_texts, restore, text
from affidavit.sources.remembering import remembered
from affidavit.sources.values import is_ip, time_ms

if TYPE_CHECKING:
    from affidavit.formats.ocsf.objects import Actor, User

SUCCESS, FAILURE = 1, 2
"""status_id."""
INFORMATIONAL = 1
"""severity_id of all events but findings: CloudTrail does not judge."""
PROFILES = ["cloud"]
"""Shared by all events; never changed."""
NO_TIME = ["the event has no usable time: `time` is when it was received"]

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}").fullmatch
_UID = re.compile(r"[A-Za-z0-9_+/=-]{1,128}").fullmatch
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}").fullmatch
_US_PER_MS = 1000


class Call:
    """The parts of one event that its class is built from; `event` is what remains of the original."""

    __slots__ = (
        "actor",
        "api",
        "cloud",
        "event",
        "http_request",
        "metadata",
        "offset_min",
        "operation",
        "parameters",
        "src_endpoint",
        "status_code",
        "status_detail",
        "status_id",
        "time_ms",
        "user",
    )

    actor: Actor
    api: Api
    cloud: Cloud
    event: Document
    http_request: HttpRequest | None
    metadata: Metadata
    offset_min: int
    operation: Operation
    parameters: Document | None
    src_endpoint: NetworkEndpoint
    status_code: str | None
    status_detail: str | None
    status_id: int
    time_ms: int
    user: User

    def shared(self) -> dict[str, Any]:
        """The attributes that all classes have alike; to be taken last, for `unmapped` is among them."""
        return {
            "api": self.api,
            "cloud": self.cloud,
            "metadata": self.metadata,
            "severity_id": INFORMATIONAL,
            "status": STATUS[self.status_id],
            "status_code": self.status_code,
            "status_detail": self.status_detail,
            "status_id": self.status_id,
            "time": self.time_ms,
            "timezone_offset": self.offset_min,
            "unmapped": self.unmapped(),
        }

    def access(self) -> dict[str, Any]:
        """As `shared`, and who did it from where, as the identity classes have them."""
        return self.shared() | {
            "actor": self.actor,
            "http_request": self.http_request,
            "src_endpoint": self.src_endpoint,
        }

    def unmapped(self) -> Document | None:
        """What nobody has taken; null and emptied members count as nothing."""
        event = self.event
        for name in ("requestParameters", "responseElements"):
            value = event.get(name, False)
            if value is None or value == {}:
                del event[name]
        if None in event.values():
            for name in [name for name, value in event.items() if value is None]:
                del event[name]
        return event or None


def read(event: Document, name: str, received_us: int) -> Call:
    """The call that `event` records, named `name`, consuming what is mapped whatever its class."""
    call = Call()
    call.event = event
    pop = event.pop
    known = identity.read(event)
    call.actor = known.actor
    call.user = known.user
    call.operation = _operation(event, name)
    metadata = call.metadata = _metadata(event, call, received_us)
    if call.operation.named:
        metadata.event_code = call.operation.name
    request = pop("requestID", None)
    if request is not None and (request.__class__ is not str or _UID(request) is None):
        event["requestID"] = request
        request = None
    call.api = Api(
        operation=call.operation.name,
        request=Request(uid=request) if request is not None else None,
        service=call.operation.service,
        version=call.operation.version,
    )
    origin = pop("sourceIPAddress", None)
    try:
        call.src_endpoint = _endpoint(origin, call.actor.invoked_by)
    except TypeError:
        event["sourceIPAddress"] = origin
        call.src_endpoint = _endpoint(None, call.actor.invoked_by)
    agent = pop("userAgent", None)
    if agent.__class__ is str:
        call.http_request = _http_request(agent)
    else:
        call.http_request = None
        if agent is not None:
            event["userAgent"] = agent
    _outcome(event, call)
    parameters = event.get("requestParameters")
    call.parameters = parameters if parameters.__class__ is dict else None
    return call


def _operation(event: Document, name: str) -> Operation:
    """The operation, its service and version; odd ones stay in the event."""
    source = event.pop("eventSource", None)
    version = event.pop("apiVersion", None)
    read_only = event.get("readOnly") is True
    try:
        known = operation(name, source, version, read_only=read_only)
    except TypeError:
        texts = only_texts(event, (("eventSource",), ("apiVersion",)), (source, version))
        source, version = texts
        known = operation(name, source, version, read_only=read_only)
    if known.service is None and source is not None:
        event["eventSource"] = source
    if known.version is None and version is not None:
        event["apiVersion"] = version
    if known.named:
        event.pop("eventName", None)
    return known


class _Setting(NamedTuple):
    """Where an event was recorded: constant for nearly all events of a trail."""

    product: Product
    cloud: Cloud
    event_type: str | None
    log_version: str | None
    kept: tuple[tuple[Path, str], ...]


_SETTING: tuple[Path, ...] = tuple(
    (name,) for name in ("eventCategory", "awsRegion", "recipientAccountId", "eventType", "eventVersion")
)


@remembered(4096)
def _setting(*values: object) -> _Setting:
    """The setting of these texts; TypeError where one is no text. What looks like none of these is kept."""
    texts = [text(value) for value in values]
    fit = [one if one is not None and _WORD(one) else None for one in texts]
    category, region, account, kind, version = fit
    return _Setting(
        Product(feature=Feature(name=category) if category else None, name="CloudTrail", vendor_name="AWS"),
        Cloud(
            account=Account(uid=account, type_id=identity.AWS_ACCOUNT) if account else None,
            provider="AWS",
            region=region,
        ),
        kind,
        version,
        tuple((path, one) for path, one in zip(_SETTING, texts, strict=True) if one and one not in fit),
    )


def _metadata(event: Document, call: Call, received_us: int) -> Metadata:
    """The event's metadata; sets the call's cloud and time on the way."""
    pop = event.pop
    values: tuple[object, ...] = (
        pop("eventCategory", None),
        pop("awsRegion", None),
        pop("recipientAccountId", None),
        pop("eventType", None),
        pop("eventVersion", None),
    )
    try:
        setting = _setting(*values)
    except TypeError:
        setting = _setting(*only_texts(event, _SETTING, values))
    for path, odd in setting.kept:
        restore(event, path, odd)
    call.cloud = setting.cloud
    uid = pop("eventID", None)
    if uid is not None and (uid.__class__ is not str or _UID(uid) is None):
        event["eventID"] = uid
        uid = None
    correlation = pop("sharedEventID", None)
    if correlation is not None and (correlation.__class__ is not str or _UID(correlation) is None):
        event["sharedEventID"] = correlation
        correlation = None
    moment = pop("eventTime", None)
    try:
        call.time_ms, call.offset_min = _time(moment)
        debug = None
    except (EventError, TypeError):
        call.time_ms, call.offset_min = received_us // _US_PER_MS, 0
        debug = NO_TIME
        if moment is not None:
            event["eventTime"] = moment
        moment = None
    return Metadata(
        correlation_uid=correlation,
        debug=debug,
        log_version=setting.log_version,
        original_time=moment,
        product=setting.product,
        profiles=PROFILES,
        type=setting.event_type,
        uid=uid,
        version="1.8.0",
    )


@remembered(8192)
def _time(text: object) -> tuple[int, int]:
    """(milliseconds, offset in minutes); CloudTrail's times have whole seconds, so events share them."""
    ms, offset_min = time_ms(text)
    if ms >= identity.LATEST_MS:
        raise EventError(f"time {ms} is after 2099", code="bad-time")
    return ms, offset_min


@remembered(16384)
def _endpoint(address: object, invoked_by: str | None) -> NetworkEndpoint:
    """Where a call came from: an address, a service of AWS, or whatever name CloudTrail gives it."""
    origin = text(address)
    if origin is None:
        return NetworkEndpoint(svc_name=invoked_by) if invoked_by else NetworkEndpoint(name="Unknown")
    if is_ip(origin):
        return NetworkEndpoint(ip=origin)
    if origin == "AWS Internal" or origin.endswith((".amazonaws.com", ".amazonaws.com.cn", ".amazon.com")):
        return NetworkEndpoint(svc_name=origin)
    return NetworkEndpoint(hostname=origin)


@remembered(4096)
def _http_request(agent: str) -> HttpRequest:
    """The request as far as CloudTrail knows it."""
    return HttpRequest(user_agent=agent)


def _outcome(event: Document, call: Call) -> None:
    """Success, unless the event carries an error; its message may name people and stays out of the facts."""
    code = event.pop("errorCode", None)
    detail = event.pop("errorMessage", None)
    call.status_id = SUCCESS
    call.status_code = call.status_detail = None
    if code is None and detail is None:
        return
    call.status_id = FAILURE
    if isinstance(code, str) and _CODE(code):
        call.status_code = code
    elif code is not None:
        event["errorCode"] = code
    if isinstance(detail, str):
        call.status_detail = detail
    elif detail is not None:
        event["errorMessage"] = detail
