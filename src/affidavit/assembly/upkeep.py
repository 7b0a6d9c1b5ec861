"""What is known of the state of what is stored, for the API and the command line, and who looks when asked."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from affidavit.assembly.directory import open_directory
from affidavit.assembly.fsck import fsck
from affidavit.core.clock import isoformat
from affidavit.core.errors import AffidavitError
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.fsck.asked import answer, ask, asked
from affidavit.fsck.rounds import current_round

if TYPE_CHECKING:
    from pathlib import Path
    from threading import Event

    from affidavit.assembly.directory import Directory

_LOOK_S = 1.0
_US_PER_DAY = 86_400_000_000
log = logging.getLogger("affidavit")


class StoredUpkeep:
    """The state of upkeep in the state database."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def scrub(self) -> dict[str, Any]:
        """When everything was verified last, and how the scrub stands."""
        with self._directory.database.read() as connection:
            round_ = current_round(connection, DEFAULT_TENANT)
        if round_ is None:
            return {"verified": None, "round": None, "finding": None, "late": False}
        period_us = int(self._directory.settings.scrub.period_days * _US_PER_DAY)
        return round_.as_dict(period_us=period_us, now_us=self._directory.clock.now_us())

    def ask_fsck(self) -> None:
        """The keeper will look."""
        with self._directory.database.transaction() as connection:
            ask(connection, DEFAULT_TENANT, now_us=self._directory.clock.now_us())

    def fsck(self) -> dict[str, Any]:
        """When that was asked for last, whether that waits, and the last report."""
        with self._directory.database.read() as connection:
            found = asked(connection, DEFAULT_TENANT)
        if found is None:
            return {"asked": None, "waits": False, "report": None}
        return {"asked": isoformat(found.asked_us), "waits": found.waits, "report": found.decoded()}

    def follow(self, stop: Event) -> None:
        """Until told to stop: look whenever somebody has asked."""
        while not stop.wait(_LOOK_S):
            try:
                self.look_if_asked()
            except AffidavitError as error:
                log.error("fsck: %s", error)  # noqa: TRY400 - the message is for an operator

    def look_if_asked(self) -> bool:
        """Look where somebody waits for it; whether that was so."""
        database, clock = self._directory.database, self._directory.clock
        with database.read() as connection:
            found = asked(connection, DEFAULT_TENANT)
        if found is None or not found.waits:
            return False
        began_us = clock.now_us()
        report = fsck(self._directory, live=True).as_dict()
        with database.transaction() as connection:
            answer(connection, DEFAULT_TENANT, report, now_us=began_us)
        return True


def last_verified(path: Path) -> dict[str, Any]:
    """What the scrub of a data directory has verified last."""
    directory = open_directory(path)
    try:
        return StoredUpkeep(directory).scrub()
    finally:
        directory.database.close()
