"""GET /v1/records/{index}/proof and GET /v1/consistency: what the tiles show, without reading the lake."""

from __future__ import annotations

import base64
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from affidavit.core.errors import LogFormatError, NotFoundError, UsageError, VerificationError
from affidavit.evidence.growth import as_of
from affidavit.formats.tlog.checkpoint import Checkpoint, parse_checkpoint
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.proof import TlogProof, format_proof
from affidavit.formats.tlog.text import decode_decimal
from affidavit.formats.tlog.tree import consistency_proof, inclusion_proof, root_from_tiles
from affidavit.ledger.log import Log
from affidavit.search.reader import Reader
from affidavit.server.identify import identify
from affidavit.server.services import Injected

_TEXT = "text/plain; charset=utf-8"


@get("/v1/records/{index:int}/proof", sync_to_thread=True)
def proof(
    request: Request[Any, Any, Any],
    index: FromPath[int],
    services: Injected,
    extra: FromQuery[str | None] = None,
) -> Response[bytes]:
    """The C2SP tlog-proof of one entry under the newest checkpoint; `extra=entry` puts the entry into it."""
    tenant = services.of(identify(request, services, "read"))
    if extra not in (None, "entry"):
        raise UsageError(f"a proof's extra data is `entry` or nothing, not `{extra}`", code="extra")
    note, newest = _newest(tenant.log)
    if not 0 <= index < newest.size:
        raise NotFoundError(
            f"no proof of record {index}: the newest checkpoint covers {newest.size} entries",
            code="not-sealed",
            hint="A record gets its index when it is sealed; the receipt of its batch names it from then on.",
        )
    entry = None if extra is None else _entry(tenant.reader, index)
    hashes = tuple(inclusion_proof(index, newest.size, tenant.log.read_tile))
    return Response(format_proof(TlogProof(index, hashes, note, entry)), media_type=_TEXT)


@get("/v1/consistency", sync_to_thread=True)
def consistency(request: Request[Any, Any, Any], services: Injected) -> dict[str, Any]:
    """That the tree of `from` entries is a prefix of the one of `to`; without `to`, the newest checkpoint's."""
    log = services.of(identify(request, services, "read")).log
    note, newest = _newest(log)
    size1 = _size(request, "from", None)
    size2 = _size(request, "to", newest.size)
    if not 1 <= size1 <= size2 <= newest.size:
        raise UsageError(
            f"no consistency proof leads from {size1} to {size2}: 1 <= from <= to <= {newest.size} is due",
            code="consistency-range",
        )
    read_tile = as_of(newest.size, log.read_tile)
    hashes = consistency_proof(size1, size2, read_tile)
    return {
        "from": size1,
        "from_root": root_from_tiles(size1, read_tile).hex(),
        "to": size2,
        "to_root": root_from_tiles(size2, read_tile).hex(),
        "hashes": [base64.b64encode(node).decode() for node in hashes],
        "checkpoint": note.decode(),
    }


def _entry(reader: Reader, index: int) -> bytes:
    rows = reader.rows(index, index + 1)
    if not rows:
        raise VerificationError(f"record {index} is sealed and not in the lake", code="records-missing")
    return rows[0].entry()


def _newest(log: Log) -> tuple[bytes, Checkpoint]:
    note = log.checkpoint()
    return note, parse_checkpoint(parse_note(note).text)


def _size(request: Request[Any, Any, Any], name: str, otherwise: int | None) -> int:
    """`from` is no name that a parameter can have in Python."""
    text = request.query_params.get(name)
    if text is None and otherwise is not None:
        return otherwise
    try:
        return decode_decimal(text or "", what=f"`{name}`")
    except LogFormatError as error:
        raise UsageError(str(error), code="consistency-range") from error
