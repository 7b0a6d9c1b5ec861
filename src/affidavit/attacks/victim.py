"""A copy of a data directory with everything that an attacker might hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.formats.tlog.checkpoint import Checkpoint, parse_checkpoint
from affidavit.formats.tlog.note import parse_note
from affidavit.ledger.log import Log

if TYPE_CHECKING:
    from collections.abc import Callable

    from affidavit.core.ids import Tenant
    from affidavit.keys.keyring import Keyring
    from affidavit.lake.forging import Forger
    from affidavit.state.database import Database
    from affidavit.storage.interfaces import ObjectStore

LOG = "log/"
CHECKPOINT = f"{LOG}checkpoint"


@dataclass(frozen=True, kw_only=True, slots=True)
class Victim:
    """What lies open to the attack. The log is large enough to have a full tile and more than one level."""

    tenant: Tenant
    root: ObjectStore
    """The whole directory."""
    store: ObjectStore
    """The tenant's part of it: log, lake, spool, keys."""
    yesterday: ObjectStore
    """The whole directory as it was when the log was shorter."""
    database: Database
    keyring: Keyring
    forger: Forger

    @property
    def log(self) -> Log:
        """The stored log."""
        return Log(self.store, LOG)

    @property
    def checkpoint(self) -> Checkpoint:
        """What is published."""
        return parse_checkpoint(parse_note(self.log.checkpoint()).text)

    def edit(self, name: str, change: Callable[[bytes], bytes]) -> None:
        """A file of the tenant becomes what `change` makes of it."""
        self.store.put(name, change(self.store.read(name)))


def flipped(data: bytes, bit: int | None = None) -> bytes:
    """One bit turned over; the one in the middle where none is named."""
    at = len(data) * 4 if bit is None else bit
    changed = bytearray(data)
    changed[at // 8] ^= 1 << at % 8
    return bytes(changed)
