"""Kept checkpoints and their timestamps, opened with the directory's settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from affidavit.assembly.layout import LOG
from affidavit.core.errors import ConfigurationError, NotFoundError, TimestampError, UsageError
from affidavit.formats.rfc3161 import load_roots
from affidavit.ledger.history import History
from affidavit.ledger.keeping import Keeping
from affidavit.ledger.log import Log
from affidavit.ledger.stamping import Stamper
from affidavit.storage.local import LocalStore

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from affidavit.assembly.directory import Directory
    from affidavit.core.ids import Tenant
    from affidavit.core.settings import TimestampSettings


def trusted_roots(settings: TimestampSettings) -> tuple[Certificate, ...]:
    """The certificates that the settings name; none where they name no file. ConfigurationError if unreadable."""
    if settings.roots is None:
        return ()
    file = Path(settings.roots).absolute()
    try:
        return load_roots(LocalStore(file.parent).read(file.name))
    except (NotFoundError, UsageError, TimestampError) as error:
        raise ConfigurationError(
            f"[timestamp] roots names {file}, which cannot be read: {error}",
            code="timestamp-roots",
            hint="Name a PEM file of the certificates that the time-stamping authority's leads to.",
        ) from error


def open_stamper(settings: TimestampSettings) -> Stamper | None:
    """What asks the configured authority; None where none is. ConfigurationError where no root is given for it."""
    if settings.url is None:
        return None
    roots = trusted_roots(settings)
    if not roots:
        raise ConfigurationError(
            "[timestamp] url is set and roots is not",
            code="timestamp-roots",
            hint="A token is kept only if it holds: name a PEM file of the authority's root certificates.",
        )
    return Stamper(settings.url, roots=roots)


def open_keeping(directory: Directory, tenant: Tenant, stamper: Stamper | None = None) -> Keeping:
    """What keeps the tenant's published checkpoints."""
    store = directory.tenant_store(tenant)
    return Keeping(Log(store, LOG), History(store), stamper)
