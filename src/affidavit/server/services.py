"""The live objects behind the API, as assembly joins them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from affidavit.core.errors import ForbiddenError

if TYPE_CHECKING:
    from affidavit.access.tokens import Identity, Tokens
    from affidavit.core.clock import Clock
    from affidavit.core.ids import Tenant
    from affidavit.ledger.log import Log
    from affidavit.pipeline.receive import Receiver
    from affidavit.search.reader import Reader
    from affidavit.sources.declared import DeclaredSources
    from affidavit.state.database import Database
    from affidavit.storage.interfaces import ObjectStore


class Opener(Protocol):
    """What opens encrypted objects."""

    def open_object(self, data: bytes) -> bytes:
        """The plaintext of an age file that is for this data directory."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class TenantServices:
    """What serves one tenant."""

    receiver: Receiver
    reader: Reader
    log: Log
    store: ObjectStore
    keys: Opener
    verifier_keys: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """What serves everybody."""

    database: Database
    tokens: Tokens
    sources: DeclaredSources
    tenants: Mapping[Tenant, TenantServices]
    clock: Clock
    public_log: bool
    page: int
    """Records in a page of search where the reader names no limit."""

    def of(self, identity: Identity) -> TenantServices:
        """The services of the identity's tenant."""
        found = self.tenants.get(identity.tenant)
        if found is None:
            raise ForbiddenError(f"this server does not serve tenant {identity.tenant}")
        return found
