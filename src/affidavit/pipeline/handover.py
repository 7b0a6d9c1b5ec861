"""Sealing a rotation: its statement is the last record under the old keys, and both sets sign the checkpoint over it.

That checkpoint stands in the head, which moves in the transaction that takes the statement out of the outbox. So the
head alone says whether the old keys or the new ones are in charge, whenever the process died.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from affidavit.core.errors import LogFormatError, VerificationError
from affidavit.formats.tlog.rotation import Rotation, parse_rotation
from affidavit.ledger.outbox import announced, take_out

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from affidavit.core.ids import Tenant
    from affidavit.keys.custody import Custody
    from affidavit.keys.signing import LogKeys
    from affidavit.ledger.heads import Head
    from affidavit.ledger.history import History
    from affidavit.ledger.outbox import OwnRecord
    from affidavit.state.database import Database

_ALL = 1_000_000
log = logging.getLogger("affidavit")


class Handover(NamedTuple):
    """A statement about to be sealed."""

    statement: bytes
    keys: LogKeys
    """That take over."""


class Handovers:
    """What carries out the rotations of one log, step by step with its sealing."""

    def __init__(self, tenant: Tenant, *, database: Database, custody: Custody, history: History) -> None:
        self._tenant = tenant
        self._database = database
        self._custody = custody
        self._history = history

    def cut(self, own: Sequence[OwnRecord]) -> tuple[list[OwnRecord], Handover | None]:
        """The records up to the first statement, which is the last of its step; the rest is for later steps.

        A statement whose keys do not wait, or that is not of the keys in charge, cannot be carried out: it is taken
        out of the outbox unsealed, and said to be.
        """
        kept: list[OwnRecord] = []
        for record in own:
            rotation = rotation_of(record)
            if rotation is None:
                kept.append(record)
                continue
            keys = self._custody.waiting()
            if keys is not None and _states(rotation, self._custody.current, keys):
                return [*kept, record], Handover(record.raw, keys)
            log.error(
                "a rotation of the signing keys was abandoned: its new keys are not there. Rotate again."
            )
            with self._database.transaction() as connection:
                take_out(connection, self._tenant, [record])
        return kept, None

    def complete(self, handover: Handover, *, size: int, checkpoint: bytes) -> None:
        """The checkpoint of that size, which covers the statement, is committed: it is kept, and the keys change."""
        self._history.keep(size, checkpoint)
        self._custody.switch(size=size, statement=handover.statement)
        log.warning("the log's signing keys were rotated with checkpoint %d", size)

    def recover(self, head: Head, statement_at: Callable[[int], bytes]) -> None:
        """Bring a rotation that a crash interrupted to its end, or where nothing was announced undo it."""
        keys = self._custody.waiting()
        if keys is None:
            return
        checkpoint = head.checkpoint.encode()
        if keys.has_signed(checkpoint):
            statement = statement_at(head.size - 1)
            if parse_rotation(statement).new != keys.keys:
                raise VerificationError(
                    f"record {head.size - 1} is not the statement that the newest checkpoint was signed for",
                    code="rotation-chain",
                )
            self.complete(Handover(statement, keys), size=head.size, checkpoint=checkpoint)
            return
        with self._database.read() as connection:
            stated = map(rotation_of, announced(connection, self._tenant, limit=_ALL))
            if not any(rotation is not None and rotation.new == keys.keys for rotation in stated):
                self._custody.abandon()


def rotation_of(record: OwnRecord) -> Rotation | None:
    """The rotation that the record states; None where it states none."""
    if record.kind != "key":
        return None
    try:
        return parse_rotation(record.raw)
    except LogFormatError:
        return None


def _states(rotation: Rotation, old: LogKeys, new: LogKeys) -> bool:
    return rotation.old == old.keys and rotation.new == new.keys
