"""/v1/evidence: ask for a bundle, see how far it is, fetch it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from affidavit.core.clock import isoformat
from affidavit.core.errors import ConflictError, NotFoundError, UsageError
from affidavit.evidence.asked import Asked
from affidavit.evidence.bundle.create import Question
from affidavit.formats.age.file import AgeReader
from affidavit.formats.record.seal import NAMES
from affidavit.search.language import parse
from affidavit.search.when import moment_us
from affidavit.server.identify import identify
from affidavit.server.services import Injected

_DEFAULT = ("actor", "facts", "target")
"""Who, what, on what, with what outcome. `raw` and `detail` are for whoever asks for them."""
_CHUNK_BYTES = 1 << 20


class NewBundle(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /v1/evidence."""

    query: str = ""
    since: str | None = None
    until: str | None = None
    disclose: list[str] | None = None
    withhold: list[str] | None = None


@post("/v1/evidence", sync_to_thread=True, status_code=202)
def ask_evidence(
    request: Request[Any, Any, Any], data: JSONBody[NewBundle], services: Injected
) -> dict[str, Any]:
    """Queue a bundle; the answer has its id."""
    identity = identify(request, services, "read")
    now_us = services.clock.now_us()
    parse(data.query)
    since_us, until_us = (
        None if text is None else moment_us(text, now_us=now_us) for text in (data.since, data.until)
    )
    if since_us is not None and until_us is not None and since_us > until_us:
        raise UsageError("the period ends before it begins", code="period")
    question = Question(
        query=data.query,
        since=data.since,
        until=data.until,
        since_us=since_us,
        until_us=until_us,
        disclosed=disclosed_parts(data.disclose, data.withhold),
        asked_by=identity.name,
        asked_token=identity.token_id,
    )
    return _shown(services.bundles.ask(identity.tenant, question, now_us=now_us))


@get("/v1/evidence/{id:str}", sync_to_thread=True)
def show_evidence(
    request: Request[Any, Any, Any],
    services: Injected,
    id: FromPath[str],  # noqa: A002 - the path's own word
) -> dict[str, Any]:
    """How far the bundle is."""
    identity = identify(request, services, "read")
    return _shown(services.bundles.get(identity.tenant, id))


@get("/v1/evidence/{id:str}/bundle", sync_to_thread=True)
def fetch_evidence(
    request: Request[Any, Any, Any],
    services: Injected,
    id: FromPath[str],  # noqa: A002 - the path's own word
) -> Stream:
    """The bundle, a ZIP file."""
    identity = identify(request, services, "read")
    asked = services.bundles.get(identity.tenant, id)
    if asked.state == "expired":
        raise NotFoundError("the bundle is no longer kept", code="bundle-expired", hint="Ask for it again.")
    if asked.state != "done":
        raise ConflictError(
            f"the bundle is {asked.state}", code="bundle-not-done", hint="See GET /v1/evidence/{id}."
        )
    tenant = services.of(identity)
    reader = AgeReader.open(
        lambda start, end: tenant.store.read(asked.object, start=start, end=end),
        file_bytes=tenant.store.size(asked.object),
        identities=[tenant.keys.identity],
    )

    def pieces() -> Iterator[bytes]:
        for at in range(0, reader.size_bytes, _CHUNK_BYTES):
            yield reader.read(at, at + _CHUNK_BYTES)

    headers = {
        "Content-Disposition": f'attachment; filename="evidence-{asked.id}.zip"',
        "Content-Length": str(reader.size_bytes),
    }
    return Stream(pieces(), media_type="application/zip", headers=headers)


def disclosed_parts(disclose: list[str] | None, withhold: list[str] | None) -> tuple[str, ...]:
    """The parts to show: those named and `facts`; or all but those named; or, by default, who did what."""
    if disclose is not None and withhold is not None:
        raise UsageError("name the parts to disclose or those to withhold, not both", code="disclosure")
    named = (disclose or []) + (withhold or [])
    if unknown := [name for name in named if name not in NAMES]:
        raise UsageError(
            f"{unknown[0][:40]!r} is not a part of a record",
            code="disclosure",
            hint=f"The parts are {', '.join(NAMES)}.",
        )
    if disclose is not None:
        return tuple(name for name in NAMES if name in disclose or name == "facts")
    if withhold is not None:
        return tuple(name for name in NAMES if name not in withhold)
    return _DEFAULT


def _shown(asked: Asked) -> dict[str, Any]:
    def moment(us: int | None) -> str | None:
        return None if us is None else isoformat(us)

    return {
        "id": asked.id,
        "state": asked.state,
        "asked": isoformat(asked.asked_us),
        "asked_by": asked.asked_by,
        "query": asked.query,
        "since": moment(asked.since_us),
        "until": moment(asked.until_us),
        "disclosed": list(asked.question().disclosed),
        "done": asked.done,
        "total": asked.total,
        "finished": moment(asked.finished_us),
        "records": asked.records,
        "bytes": asked.size_bytes,
        "sha256": asked.sha256,
        "error": None if asked.code is None else {"code": asked.code, "message": asked.message},
    }
