"""GET /v1/records/{index}: one record with everything that proves it."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
from litestar import Request, get
from litestar.params import FromPath

from affidavit.core.clock import isoformat
from affidavit.core.errors import NotFoundError
from affidavit.core.ids import uuid_text
from affidavit.formats.record.parts import NAMES, merge
from affidavit.formats.record.seal import leaf_hash, part_digest, part_salts
from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.tree import inclusion_proof
from affidavit.search.reader import StoredRecord
from affidavit.server.identify import identify
from affidavit.server.services import Injected, TenantServices


@get("/v1/records/{index:int}", sync_to_thread=True)
def record(request: Request[Any, Any, Any], index: FromPath[int], services: Injected) -> dict[str, Any]:
    """The event, the original, the parts with their salts and digests, the entry, and the inclusion proof."""
    tenant = services.of(identify(request, services, "read"))
    note = tenant.log.checkpoint()
    size = parse_checkpoint(parse_note(note).text).size
    found = tenant.reader.rows(index, index + 1) if 0 <= index < size else []
    if not found:
        raise NotFoundError(f"no record {index}: the log has {size} entries", code="unknown-record")
    return _shown(found[0], tenant, size, note)


def _shown(row: StoredRecord, tenant: TenantServices, size: int, note: bytes) -> dict[str, Any]:
    salts = part_salts(row.salt)
    parts = {}
    for name in NAMES:
        salt = bytes(16) if name == "facts" else getattr(salts, name)
        data: bytes = getattr(row.parts, name)
        parts[name] = {
            "digest": part_digest(name, salt, data).hex(),
            "salt": salt.hex(),
            "bytes": len(data),
            "data": data.decode(),
        }
    entry = row.entry()
    proof = inclusion_proof(row.index, size, tenant.log.read_tile)
    return {
        "index": row.index,
        "record": uuid_text(row.record),
        "source": row.source,
        "kind": row.kind,
        "seq": row.seq,
        "mapper": row.mapper,
        "received": isoformat(row.received_us),
        "sealed": isoformat(row.sealed_us),
        "event": merge(row.parts),
        "raw": row.parts.raw.decode(),
        "parts": parts,
        "entry": msgspec.Raw(entry),
        "leaf": leaf_hash(entry).hex(),
        "proof": {
            "index": row.index,
            "size": size,
            "hashes": [base64.b64encode(node).decode() for node in proof],
            "checkpoint": note.decode(),
        },
    }
