"""One request's pieces become chunks: mapped and split, or quarantined with the reason. Nothing is dropped."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from affidavit.core.errors import AffidavitError
from affidavit.core.ids import BatchId, new_uuid7, uuid7s
from affidavit.formats.record.seal import SALT_BYTES
from affidavit.intake.frames import Chunk, Quarantined, Receipt
from affidavit.intake.framing import Rejected
from affidavit.sources.remembering import LONG_BYTES, make_room

if TYPE_CHECKING:
    from collections.abc import Iterable

    from affidavit.intake.framing import Piece
    from affidavit.native.division import Divider
    from affidavit.sources.interface import SourceKind

CHUNK_BYTES = 8 * 1024 * 1024
"""A batch whose parts exceed this is staged in chunks instead of being held in memory."""
_RECORD_BYTES = 1024
"""What even the shortest record or refused line takes besides its bytes."""
NOTED = 100
"""Refused lines that a receipt names one by one; the others are counted, and listed by `quarantine list`."""


class Noted(NamedTuple):
    """A refused line, as a receipt names it."""

    id: str
    line: int
    byte: int
    code: str
    reason: str


class Batch:
    """The records of one request while it is being read."""

    def __init__(
        self, kind: SourceKind, *, tenant: str, source: str, received_us: int, divider: Divider
    ) -> None:
        """`divider` is used while pieces are added, and may be shared by batches that take turns."""
        self.id = BatchId(new_uuid7(received_us))
        self.accepted = 0
        self.noted: list[Noted] = []
        self.quarantined = 0
        self._kind = kind
        self._tenant = tenant
        self._source = source
        self._received_us = received_us
        self._divider = divider
        self._number = 0
        self._clear()

    def _clear(self) -> None:
        self._classes: list[int] = []
        self._parts = bytearray()
        self._lengths: list[int] = []
        self._refused: list[Quarantined] = []
        self._held_bytes = 0

    @property
    def held_bytes(self) -> int:
        """About what the records held so far take."""
        return self._held_bytes

    def add(self, pieces: Iterable[Piece | Rejected]) -> None:
        """Map each piece; what the framing or the mapper refuses goes to quarantine."""
        to_event, received_us = self._kind.map, self._received_us
        classes, events = self._classes, self._divider.undivided()
        for piece in pieces:
            if isinstance(piece, Rejected):
                self._refuse_piece(piece)
                continue
            data = piece.data
            if len(data) > LONG_BYTES:
                make_room(len(data))
            try:
                event = to_event(data, received_us)
                events.add(event, data)
            except AffidavitError as error:
                self._refuse(piece.line, piece.offset, error.code, str(error), data)
            except Exception as error:  # noqa: BLE001 - a mapper's fault must cost one line, not the batch
                self._refuse(
                    piece.line, piece.offset, "mapper-failed", f"{type(error).__name__}: {error}", data
                )
            else:
                classes.append(event.CLASS_UID)
        before_bytes = len(self._parts)
        lengths = self._divider.divide(events, self._parts)
        self._lengths += lengths
        self.accepted += len(lengths)
        self._held_bytes += len(self._parts) - before_bytes + _RECORD_BYTES * len(lengths)

    def refuse_body(self, code: str, reason: str, body: Iterable[bytes]) -> None:
        """Quarantine what the sender sent, still compressed, since it does not decompress any further."""
        name = ""
        for data in body:
            name = self._refuse(1, 0, code, reason, data, continued=name)

    def _refuse_piece(self, piece: Rejected) -> None:
        continued = self._open_refusal if piece.code == self._open_code else ""
        name = self._refuse(
            piece.line, piece.offset, piece.code, piece.reason, piece.data, continued=continued
        )
        self._open_refusal, self._open_code = ("", "") if piece.last else (name, piece.code)

    _open_refusal = ""
    _open_code = ""

    def _refuse(  # noqa: PLR0913 - one argument a field of the quarantined line
        self, line: int, byte: int, code: str, reason: str, data: bytes, *, continued: str = ""
    ) -> str:
        name = continued or new_uuid7(self._received_us)
        reason = reason[:500]
        self._refused.append(Quarantined(id=name, line=line, byte=byte, code=code, reason=reason, data=data))
        self._held_bytes += len(data) + _RECORD_BYTES
        if not continued:
            self.quarantined += 1
            if len(self.noted) < NOTED:
                self.noted.append(Noted(name, line, byte, code, reason))
        return name

    def chunk(self, *, closing: bool, idempotency_key: str | None = None) -> Chunk:
        """What is held so far, with ids and salts drawn; `closing` adds the receipt. Forgets what it returns."""
        count = len(self._lengths)
        receipt = None
        if closing:
            receipt = Receipt(
                batch=self.id,
                accepted=self.accepted,
                quarantined=self.quarantined,
                idempotency_key=idempotency_key,
            )
        made = Chunk(
            tenant=self._tenant,
            source=self._source,
            batch=self.id,
            mapper=self._kind.mapper,
            number=self._number,
            received_us=self._received_us,
            kind="event",
            ids=uuid7s(self._received_us, count),
            salts=os.urandom(SALT_BYTES * count),
            classes=self._classes,
            parts=self._parts,
            lengths=self._lengths,
            quarantine=self._refused,
            receipt=receipt,
        )
        self._number += 1
        self._clear()
        return made
