"""Asking a time-stamping authority over HTTP (RFC 3161, section 3.4) for a token that holds under given roots."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from affidavit.core.errors import OperationalError
from affidavit.formats.rfc3161 import parse_response, request, verify_token

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography.x509 import Certificate

    from affidavit.formats.rfc3161 import Timestamp

QUERY = "application/timestamp-query"
REPLY = "application/timestamp-reply"
_NONCE_BITS = 64
_TIMEOUT_S = 20.0
_MAX_BYTES = 256 * 1024


class Stamper:
    """One authority, and the roots by which its tokens are believed."""

    def __init__(
        self,
        url: str,
        *,
        roots: Sequence[Certificate],
        nonce: Callable[[], int] = lambda: secrets.randbits(_NONCE_BITS),
    ) -> None:
        self._url = url
        parts = urlsplit(url)
        self.name = f"{parts.scheme}://{parts.hostname}{parts.path}"
        """Where the authority is, without what may be secret in its URL."""
        self._roots = roots
        self._nonce = nonce

    def stamp(self, note: bytes) -> tuple[bytes, Timestamp]:
        """A token over the note's SHA-256, verified, and what it says.

        OperationalError (`timestamp-unreachable`) where the authority does not answer as it should, TimestampError
        where it refuses or answers garbage, VerificationError where the token does not hold.
        """
        nonce = self._nonce()
        digest = sha256(note).digest()
        token = parse_response(self._ask(request(digest, nonce=nonce)))
        return token, verify_token(token, digest, roots=self._roots, nonce=nonce)

    def _ask(self, query: bytes) -> bytes:
        import httpx

        headers = {"Content-Type": QUERY, "Accept": REPLY}
        answer = bytearray()
        try:
            with httpx.stream("POST", self._url, content=query, headers=headers, timeout=_TIMEOUT_S) as reply:
                status = reply.status_code
                for piece in reply.iter_bytes():
                    answer += piece
                    if len(answer) > _MAX_BYTES:
                        break  # refused as a whole by whoever reads it
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unreachable(f"the time-stamping authority {self.name} does not answer: {error}") from error
        if status != httpx.codes.OK:
            raise _unreachable(f"the time-stamping authority {self.name} answered with status {status}")
        return bytes(answer)


def _unreachable(message: str) -> OperationalError:
    return OperationalError(
        message,
        code="timestamp-unreachable",
        hint="Check [timestamp] url; sealing goes on, and the newest checkpoint is stamped once it answers.",
    )
