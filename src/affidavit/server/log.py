"""/log/: the C2SP tlog-tiles of the log, for witnesses, monitors and any other outsider.

Entry bundles are not stored: they are rebuilt from the lake when somebody asks.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from litestar import Request, Response, get
from litestar.params import FromPath

from affidavit.core.errors import LogFormatError, NotFoundError
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.entries import encode_bundle
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.tiles import TILE_BITS, TILE_WIDTH, Bundle, Tile, parse_path
from affidavit.server.identify import identify
from affidavit.server.services import Injected, Services

if TYPE_CHECKING:
    from affidavit.server.services import TenantServices

FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
"""Headers of what never changes."""


@get("/log/checkpoint")
async def log_checkpoint(request: Request[Any, Any, Any], services: Injected) -> Response[bytes]:
    """The newest checkpoint, a signed note."""
    tenant = tenant_of(request, services)
    note = await asyncio.to_thread(tenant.log.checkpoint)
    return Response(note, media_type="text/plain", headers={"Cache-Control": "no-cache"})


@get("/log/tile/{path:path}")
async def log_tile(
    request: Request[Any, Any, Any], path: FromPath[str], services: Injected
) -> Response[bytes]:
    """A tile of hashes or a bundle of entries; 404 for what the newest checkpoint does not cover."""
    tenant = tenant_of(request, services)
    data = await asyncio.to_thread(_read, tenant, "tile/" + path.lstrip("/"))
    return Response(data, media_type="application/octet-stream", headers=FOR_EVER)


def tenant_of(request: Request[Any, Any, Any], services: Services) -> TenantServices:
    """Whose log is asked for, by somebody who may."""
    if services.public_log:
        return services.tenants[DEFAULT_TENANT]
    return services.of(identify(request, services, "read"))


def _read(tenant: TenantServices, path: str) -> bytes:
    try:
        wanted = parse_path(path)
    except LogFormatError as error:
        raise NotFoundError(str(error), code="unknown-tile") from error
    size = parse_checkpoint(parse_note(tenant.log.checkpoint()).text).size
    level = wanted.level if isinstance(wanted, Tile) else 0
    end = wanted.index * TILE_WIDTH + wanted.width
    if end > size >> TILE_BITS * level:
        raise NotFoundError(f"the log of {size} entries has no {path}", code="unknown-tile")
    if isinstance(wanted, Bundle):
        first = wanted.index * TILE_WIDTH
        rows = tenant.reader.rows(first, end)
        return encode_bundle([row.entry() for row in rows])
    return tenant.log.read_tile(wanted)
