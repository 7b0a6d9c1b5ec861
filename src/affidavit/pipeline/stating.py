"""Stating in the log which checkpoints are kept, so that none of them can be taken away unnoticed.

A statement for each would be most of what a quiet log holds. So there is one an hour, about all that were kept since
the one before, and none about a checkpoint that covers nothing new but that statement.
"""

from __future__ import annotations

import logging
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from affidavit.core.errors import AffidavitError, NotFoundError
from affidavit.core.ids import OWN_SOURCE
from affidavit.formats.ocsf.classes_findings import ComplianceFinding
from affidavit.formats.ocsf.objects import Compliance, FindingInfo
from affidavit.formats.tlog.kept import KeptCheckpoint, state_kept, stated_kept
from affidavit.lake.predicate import All, IsClass, Matches, Pattern
from affidavit.lake.select import Selection
from affidavit.ledger.outbox import announce, announced
from affidavit.pipeline.own import own_metadata, own_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from affidavit.core.clock import Clock
    from affidavit.core.ids import Tenant
    from affidavit.formats.record.kinds import Kind
    from affidavit.lake.lake import Lake
    from affidavit.ledger.history import History
    from affidavit.ledger.outbox import OwnRecord
    from affidavit.state.database import Database

CODE = "checkpoints.kept"
INTERVAL_US = 3600 * 1_000_000
_AT_ONCE = 1000
"""Checkpoints that one statement is about, at most."""
_ALL = 1_000_000
_KIND: Kind = "finding"
_CREATE, _INFORMATIONAL, _NEW = 1, 1, (1, "New")
_PASS = (1, "Pass")
log = logging.getLogger("affidavit")


class Statement(NamedTuple):
    """A sealed record that states what is kept."""

    at: int
    """Its index."""
    received_us: int
    kept: tuple[KeptCheckpoint, ...]


def sealed_statements(lake: Lake, *, below_index: int | None = None) -> Iterator[Statement]:
    """Those that the lake holds, in no order."""
    own = Matches("source", Pattern((OWN_SOURCE,))), Matches("kind", Pattern((_KIND,)))
    predicate = All((*own, IsClass((ComplianceFinding.CLASS_UID,))))
    for row in lake.stream(Selection(predicate=predicate, below_index=below_index)):
        if kept := stated_kept(row.raw):
            yield Statement(row.index, row.received_us, kept)


class Stating:
    """What states one log's kept checkpoints; one at a time, as nobody else announces such statements."""

    def __init__(
        self,
        tenant: Tenant,
        *,
        database: Database,
        history: History,
        open_lake: Callable[[], Lake],
        clock: Clock,
    ) -> None:
        self._tenant = tenant
        self._database = database
        self._history = history
        self._open_lake = open_lake
        self._clock = clock
        self._last: tuple[int, int] | None = None
        """Size of the largest checkpoint that was stated, and when; None as long as it was not looked up."""

    def state(self, newest: int) -> None:
        """Announce what is kept below `newest` and not stated yet, if the last time is an hour ago.

        From `newest` on, the next stamp or a witness may still change what is kept. A failure is logged, and what was
        not stated is the next time.
        """
        try:
            self._state(newest)
        except AffidavitError as error:
            log.error("kept checkpoints are not stated in the log: %s", error)  # noqa: TRY400 - for an operator

    def _state(self, newest: int) -> None:
        last, at_us = self._last = self._last or self._known()
        now_us = self._clock.now_us()
        if now_us - at_us < INTERVAL_US or newest <= last + 2:
            return
        sizes = [size for size in self._history.sizes() if last < size < newest]
        if not sizes or sizes[-1] == last + 1:
            return
        kept = list(map(self._kept, sizes))
        records = [_record(kept[at : at + _AT_ONCE], now_us=now_us) for at in range(0, len(kept), _AT_ONCE)]
        with self._database.transaction() as connection:
            announce(connection, self._tenant, records)
        self._last = sizes[-1], now_us

    def _known(self) -> tuple[int, int]:
        """From what waits to be sealed and then from what is, so that none is missed on its way between them."""
        with self._database.read() as connection:
            waiting = announced(connection, self._tenant, limit=_ALL)
        stated = [(own.received_us, stated_kept(own.raw)) for own in waiting]
        with closing(self._open_lake()) as lake:
            stated += [(each.received_us, each.kept) for each in sealed_statements(lake)]
        sizes = (checkpoint.size for _, kept in stated for checkpoint in kept)
        return max(sizes, default=0), max((at_us for at_us, kept in stated if kept), default=0)

    def _kept(self, size: int) -> KeptCheckpoint:
        note = sha256(self._history.note(size)).hexdigest()
        try:
            stamp = sha256(self._history.answer(size)).hexdigest()
        except NotFoundError:
            stamp = None
        return KeptCheckpoint(note=note, size=size, stamp=stamp)


def _record(kept: Sequence[KeptCheckpoint], *, now_us: int) -> OwnRecord:
    title = f"Checkpoints kept: {len(kept)}, of sizes {kept[0].size} to {kept[-1].size}"
    event = ComplianceFinding(
        activity_id=_CREATE,
        metadata=own_metadata(CODE),
        severity_id=_INFORMATIONAL,
        time=now_us // 1000,
        compliance=Compliance(
            control="Kept checkpoints are not taken away", status_id=_PASS[0], status=_PASS[1]
        ),
        finding_info=FindingInfo(uid=f"{CODE}/{kept[-1].size}", title=title, types=[CODE]),
    )
    event.status_id, event.status = _NEW
    event.message = title
    return own_record(_KIND, event, now_us=now_us, statement=state_kept(kept))
