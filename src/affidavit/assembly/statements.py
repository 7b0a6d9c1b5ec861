"""Records of Affidavit's own about a data directory, sealed whether a server runs on it or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.assembly.directory import open_directory
from affidavit.assembly.local import local_services
from affidavit.core.errors import ConflictError, VerificationError
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.ledger.outbox import announce

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from affidavit.ledger.outbox import OwnRecord

_LOCKED = "locked"


def seal_own(path: Path, records: Sequence[OwnRecord]) -> bool:
    """Announce the records; whether they are sealed on return.

    A server that runs seals them within its next step. Where none runs, it is done here, unless somebody else writes in
    the directory or it is too damaged to go on: then they wait.
    """
    directory = open_directory(path)
    try:
        with directory.database.transaction() as connection:
            announce(connection, DEFAULT_TENANT, records)
    finally:
        directory.database.close()
    try:
        with local_services(path):
            return True  # whoever opens the writing side seals what was announced
    except ConflictError as error:
        if error.code != _LOCKED:
            raise
    except VerificationError:
        pass
    return False
