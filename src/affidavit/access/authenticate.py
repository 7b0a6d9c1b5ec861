"""From a token's text to an Identity, a hundred thousand times a minute, with few looks at the database.

A token that was found valid is believed for CACHE_US, so that a revocation by another process is felt that
much later; one that `forget` is told of is felt at once. Uses are remembered here and written by
`write_uses`, which a server calls once a minute: no request waits for a write.
"""

from __future__ import annotations

import hmac
import threading
from typing import TYPE_CHECKING, NamedTuple

from affidavit.access.identity import Identity
from affidavit.access.token_text import parse
from affidavit.core.errors import UnauthenticatedError

if TYPE_CHECKING:
    from affidavit.access.token_text import TokenText
    from affidavit.access.tokens import Tokens
    from affidavit.core.clock import Clock

CACHE_US = 5_000_000
_MAX_CACHED = 10_000
"""Valid tokens in memory; more than that in five seconds just go to the database."""
_NO_DIGEST = bytes(32)


class _Known(NamedTuple):
    identity: Identity
    digest: bytes
    checked_us: int
    expires_us: int | None


class Authenticator:
    """Recognises tokens; safe to share between threads."""

    def __init__(self, tokens: Tokens, *, clock: Clock) -> None:
        self._tokens = tokens
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}
        self._uses: dict[str, int] = {}

    def authenticate(self, text: str) -> Identity:
        """Whose token `text` is; UnauthenticatedError where it is none, or one that is not valid any more."""
        read = parse(text)
        now_us = self._clock.now_us()
        known = self._known.get(read.id)
        if known is None or not 0 <= now_us - known.checked_us < CACHE_US:
            known = self._look_up(read, now_us)
        elif not hmac.compare_digest(known.digest, read.digest):
            raise _unknown()
        _check_expiry(known.expires_us, now_us)
        with self._lock:
            self._uses[read.id] = now_us
        return known.identity

    def forget(self, token_id: str) -> None:
        """The token is looked up anew at its next use; to be called where it was revoked."""
        with self._lock:
            self._known.pop(token_id, None)

    def write_uses(self) -> None:
        """Writes down the last use of each token that was used since; once a minute and at the end."""
        with self._lock:
            uses, self._uses = self._uses, {}
        self._tokens.mark_used(uses)

    def _look_up(self, read: TokenText, now_us: int) -> _Known:
        found = self._tokens.find(read.id)
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
