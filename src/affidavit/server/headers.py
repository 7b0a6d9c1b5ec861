"""What every answer tells the browsers and caches between here and the reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from litestar.types import Message, Scope

_CACHE_CONTROL = b"cache-control"
_NO_SNIFFING = (b"x-content-type-options", b"nosniff")
_NO_STORE = (_CACHE_CONTROL, b"no-store")


async def protect(message: Message, _: Scope) -> None:
    """Log text is never taken for a page, and no cache keeps an answer that does not say it may."""
    if message["type"] != "http.response.start":
        return
    headers = [*message["headers"], _NO_SNIFFING]
    if not any(name.lower() == _CACHE_CONTROL for name, _ in headers):
        headers.append(_NO_STORE)
    message["headers"] = headers
