"""Errors as RFC 9457 problem details; the one table from error to HTTP status."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from affidavit.core.errors import (
    AffidavitError,
    BodyError,
    ConflictError,
    ForbiddenError,
    FormatError,
    NotFoundError,
    OperationalError,
    OverloadedError,
    StorageFullError,
    UnauthenticatedError,
    UsageError,
    VerificationError,
)

STATUS: tuple[tuple[type[AffidavitError], int], ...] = (
    (UnauthenticatedError, 401),
    (ForbiddenError, 403),
    (NotFoundError, 404),
    (ConflictError, 409),
    (UsageError, 400),
    (BodyError, 415),
    (FormatError, 400),
    (StorageFullError, 503),
    (OverloadedError, 503),
    (VerificationError, 500),
    (OperationalError, 500),
    (AffidavitError, 500),
)
"""The first class that an error is an instance of decides."""
TOO_MANY = 429
"""For an OverloadedError that one sender can help by slowing down."""
log = logging.getLogger("affidavit")
_HTTP_CODES = {400: "request", 404: "unknown-path", 405: "method", 413: "body-too-large"}
"""Codes of what Litestar refuses before a handler is asked."""
_MEDIA_TYPE = "application/problem+json"
_RETRY_FULL_S = 30


def status_of(error: AffidavitError) -> int:
    """The HTTP status of an error."""
    if isinstance(error, OverloadedError) and error.code == "inflight":
        return TOO_MANY
    if isinstance(error, BodyError) and error.code == "body-too-large":
        return 413
    return next(status for kind, status in STATUS if isinstance(error, kind))


def problem(error: AffidavitError, **more: Any) -> Response[bytes]:
    """The answer that says what, where and what to do; `more` adds members."""
    status = status_of(error)
    body = {"status": status, "code": error.code, "message": str(error), "hint": error.hint, **more}
    headers = {}
    if isinstance(error, OverloadedError):
        headers["Retry-After"] = str(error.retry_after_s)
    elif isinstance(error, StorageFullError):
        headers["Retry-After"] = str(_RETRY_FULL_S)
    elif isinstance(error, UnauthenticatedError):
        headers["WWW-Authenticate"] = "Bearer"
    return Response(msgspec.json.encode(body), status_code=status, media_type=_MEDIA_TYPE, headers=headers)


def on_affidavit_error(_: Request[Any, Any, Any], error: AffidavitError) -> Response[bytes]:
    """Litestar's handler for this project's errors."""
    return problem(error)


def on_http_error(_: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Litestar's own refusals (unknown path, method, parameter) in the same shape."""
    status = error.status_code
    body = {
        "status": status,
        "code": _HTTP_CODES.get(status, "http"),
        "message": _said(error),
        "hint": "The API is described in docs/api.md.",
    }
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    return Response(msgspec.json.encode(body), status_code=status, media_type=_MEDIA_TYPE, headers=headers)


def _said(error: HTTPException) -> str:
    """What is wrong, parameter by parameter where Litestar names them."""
    if not isinstance(error.extra, list):
        return error.detail
    faults = [f"{fault.get('key', '')}: {fault.get('message', '')}" for fault in error.extra]
    return "; ".join([error.detail, *faults])


def on_fault(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A fault of this program: logged whole for its owner, told to the caller without its inside."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    body = {"status": 500, "code": "fault", "message": "this is a fault of Affidavit", "hint": "See its log."}
    return Response(msgspec.json.encode(body), status_code=500, media_type=_MEDIA_TYPE)
