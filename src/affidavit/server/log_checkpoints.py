"""/log/checkpoints: what the log was at earlier times, and the timestamps over it."""

from __future__ import annotations

import asyncio
import re
from bisect import bisect_right
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from affidavit.core.errors import NotFoundError
from affidavit.ledger.history import History
from affidavit.server.log import FOR_EVER, tenant_of
from affidavit.server.services import Injected

_AT_ONCE = 10_000
_NAME = re.compile(r"([0-9]{1,19})(\.tsr)?")


@get("/log/checkpoints")
async def log_checkpoints(
    request: Request[Any, Any, Any], services: Injected, after: FromQuery[int] = 0
) -> dict[str, Any]:
    """The sizes of the kept checkpoints above `after`, ascending; `next` is where to go on, null at the end."""
    history = tenant_of(request, services).history
    sizes = await asyncio.to_thread(history.sizes)
    left = sizes[bisect_right(sizes, after) :]
    return {"sizes": left[:_AT_ONCE], "next": left[_AT_ONCE - 1] if len(left) > _AT_ONCE else None}


@get("/log/checkpoints/{name:str}")
async def log_kept_checkpoint(
    request: Request[Any, Any, Any], name: FromPath[str], services: Injected
) -> Response[bytes]:
    """The kept checkpoint of a size, a signed note; with `.tsr` behind the size, the timestamp over it."""
    history = tenant_of(request, services).history
    data, stamped = await asyncio.to_thread(_read, history, name)
    kind = "application/timestamp-reply" if name.endswith(".tsr") else "text/plain"
    return Response(data, media_type=kind, headers=FOR_EVER if stamped else {"Cache-Control": "no-cache"})


def _read(history: History, name: str) -> tuple[bytes, bool]:
    """What is kept, and whether it can change no more."""
    wanted = _NAME.fullmatch(name)
    if wanted is None:
        raise _unknown(name)
    size = int(wanted[1])
    try:
        return (history.answer(size), True) if wanted[2] else (history.note(size), history.stamped(size))
    except NotFoundError as error:
        raise _unknown(name) from error


def _unknown(name: str) -> NotFoundError:
    return NotFoundError(
        f"no checkpoint {name[:40]!r} is kept",
        code="unknown-checkpoint",
        hint="/log/checkpoints lists the sizes that are.",
    )
