"""/v1/tokens: credentials with scopes; a token's text is in the answer that creates it and nowhere else."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, delete, get, post
from litestar.params import FromPath, JSONBody

from affidavit.access.tokens import Token
from affidavit.core.clock import isoformat
from affidavit.core.errors import UsageError
from affidavit.server.identify import identify
from affidavit.server.services import Injected

_DAY_US = 86_400_000_000
_MAX_DAYS = 36_500


class NewToken(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /v1/tokens."""

    scopes: list[str]
    name: str = "token"
    days: float | None = None
    """Valid for so long; without it until it is revoked."""


@get("/v1/tokens", sync_to_thread=True)
def list_tokens(request: Request[Any, Any, Any], services: Injected) -> list[dict[str, Any]]:
    """Every token of the tenant, without its text."""
    identity = identify(request, services, "admin")
    return [_shown(token) for token in services.tokens.list(identity.tenant)]


@post("/v1/tokens", sync_to_thread=True, status_code=201)
def create_token(
    request: Request[Any, Any, Any], data: JSONBody[NewToken], services: Injected
) -> dict[str, Any]:
    """Create a token; its text is shown this once."""
    identity = identify(request, services, "admin")
    expires_us = None
    if data.days is not None:
        if not 0 < data.days <= _MAX_DAYS:
            raise UsageError(f"a token is valid for at most {_MAX_DAYS} days", code="token-expiry")
        expires_us = services.clock.now_us() + int(data.days * _DAY_US)
    created = services.tokens.create(
        identity.tenant, name=data.name, scopes=data.scopes, expires_us=expires_us
    )
    return {"token": created.text, **_shown(created.token)}


@delete("/v1/tokens/{id:str}", sync_to_thread=True, status_code=200)
def revoke_token(
    request: Request[Any, Any, Any],
    services: Injected,
    id: FromPath[str],  # noqa: A002 - the path's own word
) -> dict[str, Any]:
    """Revoke a token; it is refused from now on."""
    identity = identify(request, services, "admin")
    revoked = services.tokens.revoke(identity.tenant, id=id)
    services.authenticator.forget(id)
    return _shown(revoked)


def _shown(token: Token) -> dict[str, Any]:
    def moment(us: int | None) -> str | None:
        return None if us is None else isoformat(us)

    return {
        "id": token.id,
        "name": token.name,
        "scopes": sorted(token.scopes),
        "created": isoformat(token.created_us),
        "expires": moment(token.expires_us),
        "revoked": moment(token.revoked_us),
        "last_used": moment(token.last_used_us),
    }
