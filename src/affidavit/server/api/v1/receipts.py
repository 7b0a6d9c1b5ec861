"""GET /v1/receipts/{batch}: where in the log an acknowledged batch is, once it is sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request, get
from litestar.params import FromPath

from affidavit.core.clock import isoformat
from affidavit.core.errors import NotFoundError
from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.note import parse_note
from affidavit.ledger.receipts import receipt as stored_receipt
from affidavit.server.identify import identify
from affidavit.server.services import Injected

if TYPE_CHECKING:
    from affidavit.intake.frames import Receipt
    from affidavit.ledger.receipts import Receipt as SealedReceipt


@get("/v1/receipts/{batch:str}", sync_to_thread=True)
def receipt(request: Request[Any, Any, Any], batch: FromPath[str], services: Injected) -> dict[str, Any]:
    """`state` is `acknowledged` until the records are sealed; then index range and checkpoint are there.

    Any token of the tenant may ask: whoever sent the batch has its id.
    """
    identity = identify(request, services, None)
    tenant = services.of(identity)
    with services.database.read() as connection:
        found = stored_receipt(connection, identity.tenant, batch=batch)
    note = None
    if found is not None and found.checkpoint_size is not None:
        note = tenant.log.checkpoint()
        if parse_checkpoint(parse_note(note).text).size < found.checkpoint_size:
            return _acknowledged(batch, found.source, found)  # sealed, and about to be published
    if found is None:
        waiting = tenant.receiver.waiting(batch)
        if waiting is None:
            raise NotFoundError(f"no batch {batch[:64]!r} was acknowledged", code="unknown-batch")
        source, held = waiting
        return _acknowledged(batch, source, held)
    return {
        "batch": found.batch,
        "source": found.source,
        "state": "sealed",
        "received": isoformat(found.received_us),
        "accepted": found.accepted,
        "quarantined": found.quarantined,
        "first_seq": found.first_seq,
        "last_seq": found.last_seq,
        "first_index": found.first_index,
        "last_index": found.last_index,
        "checkpoint": None if note is None else {"size": found.checkpoint_size, "note": note.decode()},
    }


def _acknowledged(batch: str, source: str, held: Receipt | SealedReceipt) -> dict[str, Any]:
    return {
        "batch": batch,
        "source": source,
        "state": "acknowledged",
        "accepted": held.accepted,
        "quarantined": held.quarantined,
        "first_seq": held.first_seq,
        "last_seq": held.last_seq,
    }
