"""Who asks: what a valid credential stands for."""

from __future__ import annotations

import msgspec

from affidavit.access.scopes import Scope, covers
from affidavit.core.errors import ForbiddenError
from affidavit.core.ids import Tenant  # noqa: TC001 - msgspec resolves the fields' types


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """The holder of a valid token; carries no secret."""

    tenant: Tenant
    token_id: str
    name: str
    scopes: frozenset[Scope]

    def allows(self, scope: str) -> bool:
        """Whether the holder may do what `scope` names."""
        return covers(self.scopes, scope)

    def require(self, scope: str) -> None:
        """ForbiddenError, naming the scope, unless the holder may do it."""
        if not self.allows(scope):
            raise ForbiddenError(f"token {self.name!r} ({self.token_id}) lacks the scope {scope}")
