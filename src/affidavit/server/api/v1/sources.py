"""/v1/sources and /v1/source-types: what is declared, and what can be."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import JSONBody

from affidavit.core.clock import isoformat
from affidavit.core.ids import SourceType
from affidavit.server.identify import identify
from affidavit.server.services import Injected
from affidavit.sources.declared import DeclaredSource
from affidavit.sources.registry import KINDS, kind_of


class NewSource(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /v1/sources."""

    name: str
    type: str


@get("/v1/source-types", sync_to_thread=False)
def source_types(request: Request[Any, Any, Any], services: Injected) -> list[dict[str, Any]]:
    """Every type that Affidavit can read."""
    identify(request, services, None)
    return [{"type": kind.type, "title": kind.title, "mapper": kind.mapper} for kind in KINDS.values()]


@get("/v1/sources", sync_to_thread=True)
def list_sources(request: Request[Any, Any, Any], services: Injected) -> list[dict[str, Any]]:
    """The declared sources, by name."""
    identity = identify(request, services, "read")
    return [_shown(source) for source in services.sources.list(identity.tenant)]


@post("/v1/sources", sync_to_thread=True, status_code=201)
def add_source(
    request: Request[Any, Any, Any], data: JSONBody[NewSource], services: Injected
) -> dict[str, Any]:
    """Declare a source."""
    identity = identify(request, services, "admin")
    kind = kind_of(SourceType(data.type))
    declared = services.sources.add(
        identity.tenant, name=data.name, type=kind.type, now_us=services.clock.now_us()
    )
    return _shown(declared)


def _shown(source: DeclaredSource) -> dict[str, Any]:
    return {"name": source.name, "type": source.type, "created": isoformat(source.created_us)}
