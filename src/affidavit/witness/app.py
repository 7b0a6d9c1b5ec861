"""The witness over HTTP: add-checkpoint, and what was cosigned last, for monitors."""

from __future__ import annotations

import logging
from asyncio import to_thread
from typing import TYPE_CHECKING, Any

from litestar import Litestar, Request, Response, get, post
from litestar.exceptions import HTTPException
from litestar.params import FromPath  # noqa: TC002 - Litestar resolves the handlers' annotations

from affidavit.witness.cosigning import TEXT

if TYPE_CHECKING:
    from affidavit.witness.cosigning import Cosigner

MAX_REQUEST_BYTES = 256 * 1024
"""A checkpoint with sixteen ML-DSA-44 signatures and a full proof has a quarter of it."""
log = logging.getLogger("affidavit")


def create_witness_app(cosigner: Cosigner) -> Litestar:
    """The application of one witness; submission prefix and monitoring prefix are both `/`."""

    @post("/add-checkpoint", status_code=200, request_max_body_size=MAX_REQUEST_BYTES)
    async def add_checkpoint(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Cosign a checkpoint (tlog-witness)."""
        answer = await to_thread(cosigner.add_checkpoint, await request.body())
        if answer.status != 200:  # noqa: PLR2004 - HTTP's own number
            log.warning("add-checkpoint: %d %s", answer.status, answer.body.decode(errors="replace").strip())
        return Response(answer.body, status_code=answer.status, media_type=answer.media_type)

    @get("/{origin:str}/checkpoint", sync_to_thread=True)
    def checkpoint(origin: FromPath[str]) -> Response[bytes]:
        """What was cosigned last for the log whose origin has this SHA-256."""
        known = len(origin) == 64 and not set(origin) - set("0123456789abcdef")  # noqa: PLR2004 - SHA-256 in hex
        note = cosigner.cosigned(origin) if known else None
        if note is None:
            return Response(b"nothing was cosigned for that log\n", status_code=404, media_type=TEXT)
        return Response(note, media_type=TEXT)

    @get("/healthz", sync_to_thread=False)
    def healthz() -> dict[str, str]:
        """Answers once the witness takes checkpoints."""
        return {"status": "ok"}

    return Litestar(
        route_handlers=[add_checkpoint, checkpoint, healthz],
        exception_handlers={HTTPException: _on_http_error, Exception: _on_error},
        response_headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
        logging_config=None,
        openapi_config=None,
    )


def _on_http_error(_: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What is refused before a handler is asked: path, method, length."""
    return Response(f"{error.detail}\n".encode(), status_code=error.status_code, media_type=TEXT)


def _on_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A fault of this witness or its machine: nothing was cosigned, and only its owner learns why."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return Response(b"this witness has failed\n", status_code=500, media_type=TEXT)
