"""What every audit event says, whatever its class: when, who, from where, what and with what outcome."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from affidavit.core.errors import EventError
from affidavit.formats.ocsf.event import STATUS
from affidavit.formats.ocsf.objects import (
    Api,
    Feature,
    HttpRequest,
    Metadata,
    NetworkEndpoint,
    Product,
    ResourceDetails,
    Response,
    Url,
)
from affidavit.sources.kubernetes import identity
from affidavit.sources.kubernetes.operations import Operation, is_name, is_verb, operation
from affidavit.sources.kubernetes.remainder import Document, opened, take
from affidavit.sources.remembering import remembered
from affidavit.sources.values import is_ip, time_ms

if TYPE_CHECKING:
    from affidavit.formats.ocsf.objects import Actor

UNKNOWN, SUCCESS, FAILURE = 0, 1, 2
"""status_id."""
INFORMATIONAL = 1
"""severity_id: the API server does not judge."""
PRODUCT = Product(feature=Feature(name="Audit"), name="Kubernetes", vendor_name="Kubernetes")
NO_TIME = ["the event has no usable time: `time` is when it was received"]

_TIMES = ("requestReceivedTimestamp", "stageTimestamp", "timestamp")
_UID = re.compile(r"[A-Za-z0-9_-]{1,128}").fullmatch
_LATEST_MS = 4_102_444_800_000
_US_PER_MS = 1000
_STATUS_ID = {"Success": SUCCESS, "Failure": FAILURE}
_FIRST_ERROR = 400
_LAST_CODE = 999


class Request:
    """The parts of one event that its class is built from; `event` is what remains of the original."""

    __slots__ = (
        "actor",
        "api",
        "event",
        "http_request",
        "metadata",
        "offset_min",
        "operation",
        "resources",
        "src_endpoint",
        "status_code",
        "status_detail",
        "status_id",
        "time_ms",
    )

    actor: Actor
    api: Api
    event: Document
    http_request: HttpRequest | None
    metadata: Metadata
    offset_min: int
    operation: Operation
    resources: list[ResourceDetails] | None
    src_endpoint: NetworkEndpoint
    status_code: str | None
    status_detail: str | None
    status_id: int
    time_ms: int

    def access(self) -> dict[str, Any]:
        """The attributes that the identity classes share; to be taken last, for `unmapped` is among them.

        They have no `api` outside a cloud: verb and resource are in metadata.event_code, and what else of
        the API is known goes back to the remainder.
        """
        group, response = self.api.group, self.api.response
        for member, name, value in (
            ("objectRef", "apiGroup", group.name if group else None),
            ("objectRef", "apiVersion", self.api.version),
            ("responseStatus", "reason", response.error if response else None),
        ):
            if value is not None:
                self.event.setdefault(member, {})[name] = value
        return {
            "actor": self.actor,
            "http_request": self.http_request,
            "metadata": self.metadata,
            "severity_id": INFORMATIONAL,
            "src_endpoint": self.src_endpoint,
            "status": STATUS[self.status_id],
            "status_code": self.status_code,
            "status_detail": self.status_detail,
            "status_id": self.status_id,
            "time": self.time_ms,
            "timezone_offset": self.offset_min,
            "unmapped": self.unmapped(),
        }

    def unmapped(self) -> Document | None:
        """What nobody has taken; null counts as nothing."""
        event = self.event
        if None in event.values():
            return {name: value for name, value in event.items() if value is not None} or None
        return event or None


def read(event: Document, received_us: int) -> Request:
    """The request that `event` records, consuming what is mapped whatever its class."""
    request = Request()
    request.event = event
    if event.get("kind") == "Event":
        del event["kind"]
    uri = take(event, "requestURI")
    _object(event, request, uri)
    _outcome(event, request)
    request.actor = identity.actor(event)
    request.metadata = _metadata(event, request, received_us)
    request.src_endpoint = _source(event)
    agent = take(event, "userAgent")
    request.http_request = None
    if agent or uri:
        request.http_request = HttpRequest(url=Url(url_string=uri) if uri else None, user_agent=agent)
    return request


def _fit(document: Document, name: str) -> str | None:
    """Pop the text `name` where it may stand in the facts."""
    text = document.get(name)
    if text.__class__ is str and is_name(text):
        del document[name]
        return text
    return None


def _object(event: Document, request: Request, uri: str | None) -> None:
    """Set operation, API and resources from the verb and `objectRef`, or the path where there is none."""
    verb = event.get("verb")
    if verb.__class__ is str and is_verb(verb):
        del event["verb"]
    else:
        verb = None
    reference = opened(event, "objectRef")
    found: list[ResourceDetails] = []
    if reference is None:
        request.operation = operation(verb, None, None, None, None)
        if uri:
            found.append(ResourceDetails(name=uri.partition("?")[0] or uri, type="nonResourceURL"))
    else:
        request.operation = operation(
            verb,
            take(reference, "resource"),
            take(reference, "subresource"),
            _fit(reference, "apiGroup"),
            _fit(reference, "apiVersion"),
        )
        kind = request.operation.kind
        name = take(reference, "name") or _generated_name(event)
        uid = take(reference, "uid")
        if name or uid or kind:
            found.append(
                ResourceDetails(
                    name=name or (None if uid else kind),
                    namespace=take(reference, "namespace"),
                    type=kind,
                    uid=uid,
                    version=take(reference, "resourceVersion"),
                )
            )
        if not reference:
            del event["objectRef"]
    request.api = request.operation.api
    if "impersonatedUser" in event:
        user = identity.impersonated(event)
        if user is not None:
            found.append(user)
    request.resources = found or None


def _generated_name(event: Document) -> str | None:
    """The name in the object itself: a create has none in its path, and the server may have made it up."""
    for member in ("responseObject", "requestObject"):
        document = event.get(member)
        if document.__class__ is dict:
            metadata = document.get("metadata")
            if metadata.__class__ is dict:
                name = metadata.get("name")
                if name.__class__ is str and name:
                    return name
    return None


def _outcome(event: Document, request: Request) -> None:
    """Success below 400; where the event has no code, the authorizer's refusal or a panic is a failure."""
    request.status_code = request.status_detail = None
    status_id = UNKNOWN
    response = opened(event, "responseStatus")
    if response is not None:
        code = response.get("code")
        if code.__class__ is int and 0 < code <= _LAST_CODE:
            del response["code"]
            request.status_code = str(code)
            status_id = FAILURE if code >= _FIRST_ERROR else SUCCESS
        text = response.get("status")
        if text in ("Success", "Failure") and status_id in (UNKNOWN, _STATUS_ID[text]):
            del response["status"]
            status_id = _STATUS_ID[text]
        request.status_detail = take(response, "message")
        reason = _fit(response, "reason")
        if reason is not None:
            api = request.api
            request.api = Api(
                group=api.group,
                operation=api.operation,
                response=Response(error=reason),
                service=api.service,
                version=api.version,
            )
        if not response or response == {"metadata": {}}:
            del event["responseStatus"]
    if status_id == UNKNOWN:
        annotations = event.get("annotations")
        forbidden = annotations.__class__ is dict and annotations.get(identity.DECISION) == "forbid"
        if forbidden or event.get("stage") == "Panic":
            status_id = FAILURE
    request.status_id = status_id


def _metadata(event: Document, request: Request, received_us: int) -> Metadata:
    """The event's metadata; sets the request's time on the way. All stages of a request share its auditID."""
    uid = event.get("auditID")
    if uid.__class__ is str and _UID(uid):
        del event["auditID"]
    else:
        uid = None
    original, debug = _time(event, request, received_us)
    version = event.get("apiVersion")
    if version.__class__ is str and version.startswith("audit.k8s.io/") and is_name(version[13:]):
        del event["apiVersion"]
    else:
        version = None
    return Metadata(
        correlation_uid=uid,
        debug=debug,
        event_code=request.operation.code,
        log_level=_fit(event, "level"),
        log_version=version,
        original_time=original,
        product=PRODUCT,
        type=_fit(event, "stage"),
        uid=uid,
        version="1.8.0",
    )


def _time(event: Document, request: Request, received_us: int) -> tuple[str | None, list[str] | None]:
    """Set the time to the first usable one; the original text, and a note where there is none."""
    for name in _TIMES:
        text = event.get(name)
        if text is None:
            continue
        try:
            ms, offset_min = time_ms(text)
        except EventError:
            continue
        if ms < _LATEST_MS:
            request.time_ms, request.offset_min = ms, offset_min
            return event.pop(name), None
    request.time_ms, request.offset_min = received_us // _US_PER_MS, 0
    return None, NO_TIME


def _source(event: Document) -> NetworkEndpoint:
    """Where the request came from: the first address is the client's, the others are proxies on the way."""
    addresses = event.get("sourceIPs")
    if isinstance(addresses, list) and addresses:
        try:
            endpoint, complete = _endpoint(*addresses)
        except TypeError:
            return NetworkEndpoint(name="Unknown")
        if complete:
            del event["sourceIPs"]
        else:
            event["sourceIPs"] = addresses[1:]
        return endpoint
    if addresses == []:
        del event["sourceIPs"]
    return NetworkEndpoint(name="Unknown")


@remembered(16384)
def _endpoint(first: object, *others: object) -> tuple[NetworkEndpoint, bool]:
    """The endpoint, and whether it has all the addresses; TypeError where the first is no text."""
    if not isinstance(first, str) or not first:
        raise TypeError
    proxies = [other for other in others if isinstance(other, str) and is_ip(other)]
    complete = len(proxies) == len(others)
    known = proxies if proxies and complete else None
    if is_ip(first):
        return NetworkEndpoint(intermediate_ips=known, ip=first), complete
    return NetworkEndpoint(hostname=first, intermediate_ips=known), complete
