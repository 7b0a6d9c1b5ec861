"""How a command on this machine finds a server that runs on the same data directory."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from affidavit.access.identity import Identity
from affidavit.access.scopes import OWNER
from affidavit.core.errors import NotFoundError
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.storage.local import LocalStore
from affidavit.storage.lock import holder

if TYPE_CHECKING:
    from pathlib import Path

    from affidavit.access.authenticate import Authenticator

_FILE = "run/server.json"
SERVE = "serve"
_LOCAL = "local"


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A running server, for whoever may read the data directory: its owner."""

    url: str
    token: str
    pid: int
    certificate: str | None = None


def running_server(path: Path) -> Running | None:
    """The server that holds the data directory's lock, once it answers; None where none runs."""
    if not path.is_dir():
        return None
    held = holder(path)
    if held is None or held.purpose != SERVE:
        return None
    try:
        return msgspec.json.decode(LocalStore(path).read(_FILE), type=Running)
    except (NotFoundError, msgspec.DecodeError):
        return None


def announce(path: Path, running: Running) -> None:
    """Leave word of the server in the data directory, mode 0600."""
    LocalStore(path).put(_FILE, msgspec.json.encode(running))


def withdraw(path: Path) -> None:
    """The server is gone."""
    LocalStore(path).delete(_FILE)


@dataclass(frozen=True, slots=True)
class LocalOwner:
    """An authenticator that also knows one secret of this run: that of commands on the data directory."""

    secret: str
    tokens: Authenticator

    @staticmethod
    def new_secret() -> str:
        """A secret for one run of a server or command."""
        return secrets.token_urlsafe(32)

    def authenticate(self, text: str) -> Identity:
        """The owner of the data directory, or whoever holds a token."""
        if hmac.compare_digest(text.encode(), self.secret.encode()):
            return Identity(tenant=DEFAULT_TENANT, token_id=_LOCAL, name="data directory", scopes=OWNER)
        return self.tokens.authenticate(text)

    def forget(self, token_id: str) -> None:
        """A token was revoked."""
        self.tokens.forget(token_id)
