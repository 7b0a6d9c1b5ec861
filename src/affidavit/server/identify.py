"""Who asks: the bearer token of a request, and the scope that the request needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from affidavit.access.scopes import scope as scope_of
from affidavit.core.errors import UnauthenticatedError

if TYPE_CHECKING:
    from litestar import Request

    from affidavit.access.identity import Identity
    from affidavit.server.services import Services

_BEARER = "bearer "


def identify(request: Request[Any, Any, Any], services: Services, scope: str | None) -> Identity:
    """The identity behind the request's token, which must have `scope`; None is any valid token."""
    header = request.headers.get("authorization", "")
    if header[: len(_BEARER)].lower() != _BEARER:
        raise UnauthenticatedError("the request carries no bearer token")
    identity = services.authenticator.authenticate(header[len(_BEARER) :].strip())
    if scope is not None:
        identity.require(scope_of(scope))
    return identity
