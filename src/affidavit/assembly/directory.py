"""The data directory: what lies where, how it is made, and how it is opened.

affidavit.toml            settings, where the defaults do not do
state.db                  the state database, unless [state] url names another
lock, run/                who writes, and how a command reaches a running server
tenants/<tenant>/keys/    the age identity and the signing keys
tenants/<tenant>/spool/   acknowledged, not yet sealed
tenants/<tenant>/log/     checkpoint and tiles, as they are served
tenants/<tenant>/checkpoints/  checkpoints kept for good, and their timestamps
tenants/<tenant>/lake/    the Iceberg table, every file an age file
tenants/<tenant>/quarantine/
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from affidavit.core.clock import SystemClock
from affidavit.core.errors import ConfigurationError, NotFoundError, UsageError
from affidavit.core.settings import Settings, load
from affidavit.keys.keyring import Keyring
from affidavit.state.database import Database
from affidavit.storage.local import LocalStore

if TYPE_CHECKING:
    from affidavit.core.clock import Clock
    from affidavit.core.ids import Tenant

PASSPHRASE_FILE = "AFFIDAVIT_PASSPHRASE_FILE"  # noqa: S105 - the variable's name
SETTINGS = "affidavit.toml"
MADE = "run/initialised"
"""The object that is there once a data directory is complete."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Directory:
    """An opened data directory; nothing in it is locked or running."""

    path: Path
    settings: Settings
    database: Database
    clock: Clock

    @property
    def store(self) -> LocalStore:
        """Objects of the directory itself."""
        return LocalStore(self.path)

    def tenant_path(self, tenant: Tenant) -> Path:
        """The folder of one tenant."""
        return self.path / "tenants" / tenant

    def tenant_store(self, tenant: Tenant) -> LocalStore:
        """Objects of one tenant: keys, log, lake, quarantine."""
        return LocalStore(self.tenant_path(tenant))

    def keyring(self, tenant: Tenant) -> Keyring:
        """The tenant's keys; ConfigurationError where the passphrase is missing or wrong."""
        return Keyring.open(self.tenant_store(tenant), passphrase=passphrase())

    @property
    def state_url(self) -> str:
        """Where the state database is."""
        return state_url(self.path, self.settings)


def state_url(path: Path, settings: Settings) -> str:
    """The configured database, or SQLite in the data directory."""
    return settings.state.url or f"sqlite:///{(path / 'state.db').absolute()}"


def passphrase() -> str | None:
    """The keys' passphrase from the file that the environment names; never from the command line."""
    named = os.environ.get(PASSPHRASE_FILE)
    if not named:
        return None
    file = Path(named)
    try:
        words = LocalStore(file.parent.absolute()).read(file.name).decode().rstrip("\r\n")
    except (NotFoundError, UsageError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{PASSPHRASE_FILE} names {named}, which cannot be read", code="passphrase-file"
        ) from error
    if not words:
        raise ConfigurationError(f"{PASSPHRASE_FILE} names an empty file", code="passphrase-file")
    return words


def read_settings(path: Path) -> Settings:
    """The settings of a data directory."""
    try:
        text = LocalStore(path).read(SETTINGS).decode()
    except NotFoundError:
        text = ""
    return load(text, os.environ)


def is_initialised(path: Path) -> bool:
    """Whether `initialise` has finished there."""
    return path.is_dir() and any(LocalStore(path).names(MADE))


def open_directory(path: Path) -> Directory:
    """The data directory; ConfigurationError where there is none. The caller closes its database."""
    if not is_initialised(path):
        raise ConfigurationError(
            f"{path} is not a data directory",
            code="no-data",
            hint=f"Make one with `affidavit init --data {path}`.",
        )
    settings = read_settings(path)
    database = Database(state_url(path, settings))
    database.migrate()
    return Directory(path=path, settings=settings, database=database, clock=SystemClock())
