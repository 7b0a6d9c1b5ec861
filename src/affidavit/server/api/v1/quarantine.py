"""/v1/quarantine: what was refused, and why; the bytes as they came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from affidavit.core.clock import isoformat
from affidavit.core.errors import NotFoundError, UsageError
from affidavit.core.ids import SourceName, Tenant
from affidavit.formats.age.file import decrypt
from affidavit.intake.quarantined import QuarantinedLine, quarantined, quarantined_page
from affidavit.server.identify import identify
from affidavit.server.services import Injected, Services, TenantServices

if TYPE_CHECKING:
    from sqlalchemy import Connection

_PAGE = 1000


@get("/v1/quarantine", sync_to_thread=True)
def list_quarantine(
    request: Request[Any, Any, Any],
    services: Injected,
    source: FromQuery[str | None] = None,
    limit: FromQuery[int] = _PAGE,
    before: FromQuery[str | None] = None,
) -> dict[str, Any]:
    """Newest first; `next` is the `before` of the following page, null on the last."""
    identity = identify(request, services, "read")
    if not 1 <= limit <= _PAGE:
        raise UsageError(f"limit is {limit}, but a page holds 1 to {_PAGE} lines", code="limit")
    with services.database.read() as connection:
        lines = quarantined_page(
            connection,
            identity.tenant,
            source=None if source is None else SourceName(source),
            limit=limit + 1,
            before=None if before is None else _place(connection, identity.tenant, before),
        )
    shown = [_shown(line) for line in lines[:limit]]
    return {"quarantined": shown, "next": shown[-1]["id"] if len(lines) > limit else None}


@get("/v1/quarantine/{id:str}", sync_to_thread=True)
def show_quarantine(
    request: Request[Any, Any, Any],
    services: Injected,
    id: FromPath[str],  # noqa: A002 - the path's own word
) -> dict[str, Any]:
    """One line with its text; bytes that are not UTF-8 are shown escaped, see /raw for them as they are."""
    identity = identify(request, services, "read")
    line, data = _line(services, identity.tenant, services.of(identity), id)
    return {**_shown(line), "data": data.decode(errors="backslashreplace")}


@get("/v1/quarantine/{id:str}/raw", sync_to_thread=True)
def raw_quarantine(
    request: Request[Any, Any, Any],
    services: Injected,
    id: FromPath[str],  # noqa: A002 - the path's own word
) -> Response[bytes]:
    """The verbatim bytes."""
    identity = identify(request, services, "read")
    _, data = _line(services, identity.tenant, services.of(identity), id)
    return Response(data, media_type="application/octet-stream")


def _place(connection: Connection, tenant: Tenant, name: str) -> tuple[int, str]:
    line = quarantined(connection, tenant, id=name)
    if line is None:
        raise _unknown(name)
    return line.received_us, line.id


def _unknown(name: str) -> NotFoundError:
    return NotFoundError(f"no line {name[:64]!r} is in quarantine", code="unknown-line")


def _line(
    services: Services, tenant: Tenant, held: TenantServices, name: str
) -> tuple[QuarantinedLine, bytes]:
    with services.database.read() as connection:
        line = quarantined(connection, tenant, id=name)
    if line is None:
        raise _unknown(name)
    folder = line.object.rpartition("/")[0]
    pieces: list[bytes] = []
    for stored in held.store.names(folder + "/"):
        opened = msgspec.msgpack.decode(
            decrypt(held.store.read(stored), [held.keys.identity]), type=list[tuple[str, bytes]]
        )
        pieces += [data for id_, data in opened if id_ == name]
    return line, b"".join(pieces)


def _shown(line: QuarantinedLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "source": line.source,
        "batch": line.batch,
        "line": line.line,
        "byte": line.byte,
        "size": line.size_bytes,
        "code": line.code,
        "reason": line.reason,
        "received": isoformat(line.received_us),
    }
