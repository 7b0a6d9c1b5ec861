"""Who asks: the bearer token of a request, and the scope that the request needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from affidavit.core.errors import ForbiddenError, UnauthenticatedError

if TYPE_CHECKING:
    from litestar import Request

    from affidavit.access.tokens import Identity
    from affidavit.server.services import Services

_BEARER = "bearer "


def identify(request: Request[Any, Any, Any], services: Services, scope: str) -> Identity:
    """The identity behind the request's token; UnauthenticatedError or ForbiddenError, which name the scope."""
    header = request.headers.get("authorization", "")
    if header[: len(_BEARER)].lower() != _BEARER:
        raise UnauthenticatedError("the request carries no bearer token")
    identity = services.tokens.authenticate(header[len(_BEARER) :].strip(), now_us=services.clock.now_us())
    if not identity.allows(scope):
        raise ForbiddenError(f"the token does not have the scope {scope}")
    return identity
