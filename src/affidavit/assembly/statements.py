"""Records of Affidavit's own about a data directory, sealed whether a server runs on it or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.assembly.directory import open_directory
from affidavit.assembly.local import local_services
from affidavit.core.errors import ConflictError
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.ledger.outbox import announce

if TYPE_CHECKING:
    from pathlib import Path

    from affidavit.ledger.outbox import OwnRecord

_LOCKED = "locked"


def seal_own(path: Path, record: OwnRecord) -> None:
    """Announce the record; a server that runs seals it within its next step, else it is sealed on return."""
    directory = open_directory(path)
    try:
        with directory.database.transaction() as connection:
            announce(connection, DEFAULT_TENANT, [record])
    finally:
        directory.database.close()
    try:
        with local_services(path):
            pass  # whoever opens the writing side seals what was announced
    except ConflictError as error:
        if error.code != _LOCKED:
            raise
