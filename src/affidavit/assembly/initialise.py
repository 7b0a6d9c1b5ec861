"""Making a data directory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.access.scopes import OWNER
from affidavit.access.tokens import Tokens
from affidavit.assembly.directory import (
    MADE,
    Directory,
    is_initialised,
    passphrase,
    read_settings,
    state_url,
)
from affidavit.assembly.writing import open_sealer
from affidavit.core.clock import SystemClock
from affidavit.core.errors import ConflictError
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.keys.keyring import Keyring
from affidavit.state.database import Database
from affidavit.state.tenants import add_tenant
from affidavit.storage.local import LocalStore
from affidavit.storage.lock import DirectoryLock

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """What a new data directory's owner is told, once."""

    token: str
    verifier_keys: list[str]


def initialise(path: Path, *, origin: str | None = None) -> Made:
    """Make a data directory: keys, state, an empty signed log, the owner's token.

    ConflictError where there is one already.
    """
    if is_initialised(path):
        raise ConflictError(
            f"{path} is a data directory already", code="initialised", hint="Choose another --data."
        )
    store = LocalStore(path)
    settings = read_settings(path)
    clock = SystemClock()
    with DirectoryLock.acquire(path, purpose="init"):
        tenant_store = LocalStore(path / "tenants" / DEFAULT_TENANT)
        keyring = Keyring.create(tenant_store, origin=origin or settings.seal.origin, passphrase=passphrase())
        database = Database(state_url(path, settings))
        try:
            database.migrate()
            with database.transaction() as connection:
                add_tenant(connection, DEFAULT_TENANT, now_us=clock.now_us())
            token = Tokens(database, clock=clock).create(DEFAULT_TENANT, name="owner", scopes=OWNER).text
            directory = Directory(path=path, settings=settings, database=database, clock=clock)
            open_sealer(directory, DEFAULT_TENANT).close()
        finally:
            database.close()
        store.put(MADE, b"1\n")
    return Made(token=token, verifier_keys=list(keyring.verifier_keys))
