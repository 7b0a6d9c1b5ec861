"""GET /v1/checkpoint: the newest checkpoint and the keys that verify it."""

from __future__ import annotations

from typing import Any

from litestar import Request, get

from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.note import parse_note
from affidavit.server.identify import identify
from affidavit.server.services import Injected


@get("/v1/checkpoint", sync_to_thread=True)
def checkpoint(request: Request[Any, Any, Any], services: Injected) -> dict[str, Any]:
    """The signed note as it was published, what it says, the log's verifier keys, and how publication stands."""
    tenant = services.of(identify(request, services, None))
    note = tenant.log.checkpoint()
    said = parse_checkpoint(parse_note(note).text)
    status = tenant.publication()
    return {
        "origin": said.origin,
        "size": said.size,
        "root": said.root.hex(),
        "note": note.decode(),
        "verifier_keys": list(tenant.rotation.verifier_keys),
        "witness": None if status is None else {"state": status.state, "problems": status.problems},
    }
