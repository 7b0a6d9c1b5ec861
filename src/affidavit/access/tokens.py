"""Tokens: made, listed, revoked. Their text is shown once, when they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.access import stored
from affidavit.access.model import NewToken, Token
from affidavit.access.scopes import checked_scopes
from affidavit.access.token_text import new_token_text, parse
from affidavit.core.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from affidavit.core.clock import Clock
    from affidavit.core.ids import Tenant
    from affidavit.state.database import Database

__all__ = ["NewToken", "Token", "Tokens"]

MAX_NAME_LENGTH = 100


class Tokens:
    """The tokens in `database`; safe to share between threads."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(
        self, tenant: Tenant, *, name: str, scopes: Iterable[str], expires_us: int | None = None
    ) -> NewToken:
        """Makes a token; UsageError where a scope, the name or the expiry cannot be one."""
        now_us = self._clock.now_us()
        if not 0 < len(name) <= MAX_NAME_LENGTH or not name.isprintable():
            raise UsageError(
                f"a token's name is 1 to {MAX_NAME_LENGTH} printable characters", code="token-name"
            )
        if expires_us is not None and expires_us <= now_us:
            raise UsageError("the token would have expired already", code="token-expiry")
        text = new_token_text()
        read = parse(text)
        token = Token(
            tenant=tenant,
            id=read.id,
            name=name,
            scopes=checked_scopes(scopes),
            created_us=now_us,
            expires_us=expires_us,
        )
        with self._database.transaction() as connection:
            stored.add(connection, token, digest=read.digest)
        return NewToken(token=token, text=text)

    def list(self, tenant: Tenant) -> list[Token]:
        """Every token of the tenant, revoked and expired ones too, oldest first."""
        with self._database.read() as connection:
            return stored.of_tenant(connection, tenant)

    def revoke(self, tenant: Tenant, *, id: str) -> Token:  # noqa: A002 - the domain's word
        """The token opens nothing from now on; again is no error; NotFoundError where there is none.

        An Authenticator may believe it for some seconds more, unless it is told to `forget` it.
        """
        with self._database.transaction() as connection:
            token = stored.revoke(connection, tenant, id=id, now_us=self._clock.now_us())
        if token is None:
            raise NotFoundError(
                f"token {id[:64]!r} does not exist", hint="The list of tokens shows their ids."
            )
        return token

    def find(self, id: str) -> tuple[Token, bytes] | None:  # noqa: A002 - the domain's word
        """The token of that id, of whichever tenant, and its digest."""
        with self._database.read() as connection:
            return stored.find(connection, id)

    def mark_used(self, uses: Mapping[str, int]) -> None:
        """Writes down when tokens were last used, by id, together; never back in time."""
        if uses:
            with self._database.transaction() as connection:
                stored.mark_used(connection, uses)
