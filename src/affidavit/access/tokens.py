"""Tokens: made, listed, revoked, and recognised a hundred thousand times a minute.

A token that was found valid is believed for CACHE_US without a look at the database, so that a revocation
by another process is felt that much later; one by this object is felt at once. Uses are remembered here and
written by `write_uses`, which a server calls once a minute: no request waits for a write.
"""

from __future__ import annotations

import hmac
import threading
from typing import TYPE_CHECKING, NamedTuple

from affidavit.access import stored
from affidavit.access.identity import Identity
from affidavit.access.model import NewToken, Token
from affidavit.access.scopes import checked_scopes
from affidavit.access.token_text import new_token_text, parse
from affidavit.core.errors import NotFoundError, UnauthenticatedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from affidavit.access.token_text import TokenText
    from affidavit.core.ids import Tenant
    from affidavit.state.database import Database

__all__ = ["CACHE_US", "Identity", "NewToken", "Token", "Tokens"]

CACHE_US = 5_000_000
MAX_NAME_LENGTH = 100
_MAX_CACHED = 10_000
"""Valid tokens in memory; more than that in five seconds just go to the database."""
_NO_DIGEST = bytes(32)


class _Known(NamedTuple):
    identity: Identity
    digest: bytes
    checked_us: int
    expires_us: int | None


class Tokens:
    """The tokens in `database`; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}
        self._uses: dict[str, int] = {}

    def create(
        self, tenant: Tenant, *, name: str, scopes: Iterable[str], now_us: int, expires_us: int | None = None
    ) -> NewToken:
        """Makes a token; UsageError where a scope, the name or the expiry cannot be one."""
        if len(name) > MAX_NAME_LENGTH or not name.isprintable():
            raise UsageError(
                f"a token's name is up to {MAX_NAME_LENGTH} printable characters", code="token-name"
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

    def revoke(self, tenant: Tenant, *, id: str, now_us: int) -> Token:  # noqa: A002 - the domain's word
        """The token opens nothing from now on; again is no error; NotFoundError where there is none."""
        with self._database.transaction() as connection:
            token = stored.revoke(connection, tenant, id=id, now_us=now_us)
        if token is None:
            raise NotFoundError(
                f"token {id[:64]!r} does not exist", hint="The list of tokens shows their ids."
            )
        with self._lock:
            self._known.pop(id, None)
        return token

    def authenticate(self, text: str, *, now_us: int) -> Identity:
        """Whose token `text` is; UnauthenticatedError where it is none, or one that is not valid any more."""
        read = parse(text)
        known = self._known.get(read.id)
        if known is None or not 0 <= now_us - known.checked_us < CACHE_US:
            known = self._look_up(read, now_us)
        elif not hmac.compare_digest(known.digest, read.digest):
            raise _unknown()
        _check_expiry(known.expires_us, now_us)
        with self._lock:
            self._uses[read.id] = now_us
        return known.identity

    def write_uses(self) -> None:
        """Writes down the last use of each token that was used since; once a minute and at the end."""
        with self._lock:
            uses, self._uses = self._uses, {}
        if uses:
            with self._database.transaction() as connection:
                stored.mark_used(connection, uses)

    def _look_up(self, read: TokenText, now_us: int) -> _Known:
        with self._database.read() as connection:
            found = stored.find(connection, read.id)
        digest = _NO_DIGEST if found is None else found[1]
        if not hmac.compare_digest(digest, read.digest) or found is None:
            raise _unknown()
        token = found[0]
        if token.revoked_us is not None:
            raise UnauthenticatedError("the token was revoked", code="token-revoked")
        _check_expiry(token.expires_us, now_us)
        identity = Identity(
            tenant=token.tenant, token_id=token.id, name=token.name, scopes=frozenset(token.scopes)
        )
        known = _Known(identity, digest, now_us, token.expires_us)
        with self._lock:
            if len(self._known) >= _MAX_CACHED:
                self._known.clear()
            self._known[read.id] = known
        return known


def _unknown() -> UnauthenticatedError:
    return UnauthenticatedError("no such token")


def _check_expiry(expires_us: int | None, now_us: int) -> None:
    if expires_us is not None and now_us >= expires_us:
        raise UnauthenticatedError("the token has expired", code="token-expired")
