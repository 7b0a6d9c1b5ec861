"""GET and POST /v1/fsck: what is stored in one place held against the others, in the background."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post

from affidavit.server.identify import identify
from affidavit.server.services import Injected


@post("/v1/fsck", status_code=202, sync_to_thread=True)
def ask_fsck(request: Request[Any, Any, Any], services: Injected) -> dict[str, Any]:
    """Ask for a look; GET answers with its report once somebody has looked. Nothing is repaired."""
    upkeep = services.of(identify(request, services, "admin")).upkeep
    upkeep.ask_fsck()
    return upkeep.fsck()


@get("/v1/fsck", sync_to_thread=True)
def fsck(request: Request[Any, Any, Any], services: Injected) -> dict[str, Any]:
    """When it was asked for last, whether that still waits, and the last report."""
    return services.of(identify(request, services, "read")).upkeep.fsck()
