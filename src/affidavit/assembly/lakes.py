"""A tenant's lake, opened with the directory's keys and settings, and the reader over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.lake.lake import Lake
from affidavit.ledger.heads import Heads

if TYPE_CHECKING:
    from affidavit.assembly.directory import Directory
    from affidavit.core.ids import Tenant
    from affidavit.search.lake_reader import LakeReader


def open_lake(directory: Directory, tenant: Tenant) -> Lake:
    """The tenant's lake."""
    keyring = directory.keyring(tenant)
    search = directory.settings.search
    return Lake(
        tenant,
        store=directory.tenant_store(tenant),
        catalog_url=directory.state_url,
        recipients=[keyring.recipient],
        identities=[keyring.identity],
        clock=directory.clock,
        threads=search.threads,
        memory_bytes=search.memory_bytes,
    )


def open_reader(directory: Directory, tenant: Tenant) -> LakeReader:
    """What answers readers of the tenant."""
    from affidavit.search.lake_reader import LakeReader  # not loaded by those who verify or append alone

    return LakeReader(
        open_lake(directory, tenant), Heads(directory.database), tenant=tenant, clock=directory.clock
    )
