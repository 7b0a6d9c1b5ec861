"""GET /v1/search: records that match, newest first, a page at a time."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromQuery

from affidavit.core.errors import UsageError
from affidavit.search.reader import Wanted
from affidavit.server.identify import identify
from affidavit.server.services import Injected

MAX_PAGE = 10_000


@get("/v1/search")
async def search(  # noqa: PLR0913 - one argument a query parameter
    request: Request[Any, Any, Any],
    services: Injected,
    q: FromQuery[str] = "",
    since: FromQuery[str | None] = None,
    until: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Response[bytes]:
    """`{"records": […], "next": cursor or null}`; `next` is null only where nothing more matches."""
    identity = identify(request, services, "read")
    if limit is not None and not 1 <= limit <= MAX_PAGE:
        raise UsageError(f"limit is {limit}, but a page holds 1 to {MAX_PAGE} records", code="limit")
    wanted = Wanted(query=q, since=since, until=until, limit=limit or services.page, cursor=cursor)
    page = await asyncio.to_thread(services.of(identity).reader.page, wanted)
    following = b"null" if page.next is None else b'"' + page.next.encode() + b'"'
    body = b'{"records":[%b],"next":%b}' % (b",".join(page.lines), following)
    return Response(body, media_type="application/json")
