"""What a token is, to whoever lists or makes one; nothing here opens a door but `NewToken.text`."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from affidavit.access.scopes import Scope  # noqa: TC001 - msgspec resolves the fields' types
from affidavit.core.ids import Tenant  # noqa: TC001 - msgspec resolves the fields' types


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token as it is listed."""

    tenant: Tenant
    id: str
    name: str
    scopes: tuple[Scope, ...]
    """In order of their text."""
    created_us: int
    expires_us: int | None = None
    revoked_us: int | None = None
    last_used_us: int | None = None
    """To the minute; None where it was never used."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewToken:
    """A token that was just made; `text` is kept nowhere else."""

    token: Token
    text: str = field(repr=False)
