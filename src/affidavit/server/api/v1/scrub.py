"""GET /v1/scrub: when everything stored was verified last."""

from __future__ import annotations

from typing import Any

from litestar import Request, get

from affidavit.server.identify import identify
from affidavit.server.services import Injected


@get("/v1/scrub", sync_to_thread=True)
def scrub(request: Request[Any, Any, Any], services: Injected) -> dict[str, Any]:
    """The last round without a difference, the round that goes on, the open finding, and whether it is late."""
    return services.of(identify(request, services, "read")).upkeep.scrub()
