"""Kept checkpoints and their timestamps, opened with the directory's settings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from affidavit.assembly.lakes import open_lake
from affidavit.assembly.layout import LOG
from affidavit.core.errors import ConfigurationError, NotFoundError, TimestampError, UsageError
from affidavit.formats.rfc3161 import load_roots
from affidavit.ledger.history import History
from affidavit.ledger.keeping import Keeping
from affidavit.ledger.log import Log
from affidavit.ledger.stamping import Stamper
from affidavit.pipeline.stating import Stating
from affidavit.storage.local import LocalStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cryptography.x509 import Certificate

    from affidavit.assembly.directory import Directory
    from affidavit.core.ids import Tenant
    from affidavit.core.settings import TimestampSettings


def trusted_roots(path: Path, settings: TimestampSettings) -> tuple[Certificate, ...]:
    """The certificates that the settings of the data directory `path` name, none where they name no file.

    ConfigurationError where it cannot be read.
    """
    return () if settings.roots is None else read_roots(path / settings.roots)


def read_roots(file: Path) -> tuple[Certificate, ...]:
    """The certificates in a PEM file; ConfigurationError where it holds none."""
    file = file.absolute()
    try:
        return load_roots(LocalStore(file.parent).read(file.name))
    except (NotFoundError, UsageError, TimestampError) as error:
        raise ConfigurationError(
            f"no root certificates can be read from {file}: {error}",
            code="timestamp-roots",
            hint="Name a PEM file of the certificates that the time-stamping authority's leads to.",
        ) from error


def open_stamper(path: Path, settings: TimestampSettings) -> Stamper | None:
    """What asks the authority that the data directory `path` names; None where it names none.

    ConfigurationError where no root is given for it.
    """
    if settings.url is None:
        return None
    roots = trusted_roots(path, settings)
    if not roots:
        raise ConfigurationError(
            "[timestamp] url is set and roots is not",
            code="timestamp-roots",
            hint="A token is kept only if it holds: name a PEM file of the authority's root certificates.",
        )
    return Stamper(settings.url, roots=roots)


def open_keeping(
    directory: Directory,
    tenant: Tenant,
    stamper: Stamper | None = None,
    *,
    told: Callable[[int], None] = lambda _: None,
) -> Keeping:
    """What keeps the tenant's published checkpoints."""
    store = directory.tenant_store(tenant)
    return Keeping(Log(store, LOG), History(store), stamper, told=told)


def open_stating(directory: Directory, tenant: Tenant) -> Stating:
    """What states in the tenant's log which checkpoints are kept."""
    return Stating(
        tenant,
        database=directory.database,
        history=History(directory.tenant_store(tenant)),
        open_lake=partial(open_lake, directory, tenant),
        clock=directory.clock,
    )
