"""The live objects behind the API, as assembly joins them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from affidavit.core.errors import ForbiddenError

if TYPE_CHECKING:
    from affidavit.access.identity import Identity
    from affidavit.access.tokens import Tokens
    from affidavit.core.clock import Clock
    from affidavit.core.ids import Tenant
    from affidavit.evidence.asked import AskedBundles
    from affidavit.formats.age.recipient import Identity as AgeIdentity
    from affidavit.ledger.history import History
    from affidavit.ledger.log import Log
    from affidavit.ledger.publication import Status
    from affidavit.pipeline.receive import Receiver
    from affidavit.pipeline.rotate import KeyRotation
    from affidavit.search.reader import Reader
    from affidavit.sources.declared import DeclaredSources
    from affidavit.state.database import Database
    from affidavit.storage.interfaces import ObjectStore


class Opener(Protocol):
    """What opens encrypted objects."""

    @property
    def identity(self) -> AgeIdentity:
        """Of the data directory."""
        ...


class Upkeep(Protocol):
    """What is known of the state of what is stored, and who can be asked to look."""

    def scrub(self) -> dict[str, Any]:
        """When everything was verified last, and how the scrub stands."""
        ...

    def ask_fsck(self) -> None:
        """Somebody should hold everything stored against each other."""
        ...

    def fsck(self) -> dict[str, Any]:
        """When that was asked for last, and what was found when somebody last looked."""
        ...


class Authenticator(Protocol):
    """What knows whose a token is."""

    def authenticate(self, text: str) -> Identity:
        """The identity behind a token's text; UnauthenticatedError where there is none."""
        ...

    def forget(self, token_id: str) -> None:
        """A token was revoked: it is refused at once."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class TenantServices:
    """What serves one tenant."""

    receiver: Receiver
    reader: Reader
    log: Log
    history: History
    store: ObjectStore
    keys: Opener
    rotation: KeyRotation
    upkeep: Upkeep
    publication: Callable[[], Status | None]
    """How publication stands; None where checkpoints need no witness."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """What serves everybody."""

    database: Database
    tokens: Tokens
    authenticator: Authenticator
    sources: DeclaredSources
    bundles: AskedBundles
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


Injected = NamedDependency[SkipValidation[Services]]
"""How a handler asks for the services."""
