"""POST /v1/ingest/{source}: a batch in, a receipt out once it is durable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Request, Response, post
from litestar.params import FromPath

from affidavit.core.clock import isoformat
from affidavit.core.errors import EventError, NotFoundError, UsageError
from affidavit.core.ids import SourceType
from affidavit.server.identify import identify
from affidavit.server.problem import problem
from affidavit.server.services import Injected
from affidavit.sources.interface import SourceKind
from affidavit.sources.registry import kind_of

if TYPE_CHECKING:
    from affidavit.formats.ocsf.event import Event
    from affidavit.pipeline.receive import Acknowledged

_AHEAD_BYTES = 8 * 1024 * 1024
"""A body up to this is read before the mapping begins; a longer one is pulled while it is mapped."""
_KEY_CHARACTERS = 255


@post("/v1/ingest/{source:str}", request_max_body_size=None, status_code=200)
async def ingest(
    request: Request[Any, Any, Any], source: FromPath[str], services: Injected
) -> Response[bytes]:
    """Take one batch for a declared source; the token needs the scope `ingest:SOURCE`."""
    identity = identify(request, services, f"ingest:{source}")
    tenant = services.of(identity)
    unknown = None
    try:
        kind = kind_of(services.sources.get(identity.tenant, name=source).type)
    except NotFoundError as error:
        kind, unknown = _UNKNOWN, error
    key = request.headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= _KEY_CHARACTERS and key.isascii() and key.isprintable()):
        raise UsageError(
            f"an Idempotency-Key is 1 to {_KEY_CHARACTERS} printable ASCII characters",
            code="idempotency-key",
        )
    chunks = await _chunks(request)
    acknowledged = await asyncio.to_thread(
        tenant.receiver.receive,
        chunks,
        source=source,
        kind=kind,
        encoding=request.headers.get("content-encoding"),
        idempotency_key=key,
    )
    answer = _answer(source, acknowledged)
    if unknown is not None:
        return problem(unknown, receipt=answer)
    headers = {"Idempotency-Replayed": "true"} if acknowledged.repeated else {}
    return Response(msgspec.json.encode(answer), media_type="application/json", headers=headers)


def _answer(source: str, acknowledged: Acknowledged) -> dict[str, Any]:
    receipt = acknowledged.receipt
    return {
        "batch": receipt.batch,
        "source": source,
        "received": isoformat(acknowledged.received_us),
        "accepted": receipt.accepted,
        "quarantined": receipt.quarantined,
        "first_seq": receipt.first_seq,
        "last_seq": receipt.last_seq,
        "quarantine": [line._asdict() for line in acknowledged.noted],
    }


async def _chunks(request: Request[Any, Any, Any]) -> Iterator[bytes]:
    """The body: a short one as it is, of a long one what was read ahead and then the rest as it comes."""
    stream = aiter(request.stream())
    ahead: list[bytes] = []
    size = 0
    async for chunk in stream:
        ahead.append(chunk)
        size += len(chunk)
        if size >= _AHEAD_BYTES:
            return _pulled(b"".join(ahead), stream, asyncio.get_running_loop())
    return iter([b"".join(ahead)])


def _pulled(ahead: bytes, stream: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop) -> Iterator[bytes]:
    """For a worker thread: each chunk is fetched from the event loop when it is wanted."""
    yield ahead

    async def following() -> bytes | None:
        return await anext(stream, None)

    while True:
        chunk = asyncio.run_coroutine_threadsafe(following(), loop).result()
        if chunk is None:
            return
        if chunk:
            yield chunk


def _refuse(_: bytes, __: int) -> Event:
    raise EventError("the source was not declared when this arrived", code="unknown-source")


_UNKNOWN = SourceKind(
    type=SourceType("unknown"), title="Undeclared", version=1, framing="lines", envelope=None, map=_refuse
)
"""Stands in for a source that nobody declared: every line goes to quarantine."""
