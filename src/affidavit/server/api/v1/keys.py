"""/v1/keys: the log's verifier keys, past and present, and their rotation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request, get, post

from affidavit.core.clock import isoformat
from affidavit.formats.tlog.rotation import parse_rotation
from affidavit.pipeline.rotate import KeyRotation
from affidavit.server.identify import identify
from affidavit.server.services import Injected

if TYPE_CHECKING:
    from collections.abc import Iterable


@get("/v1/keys", sync_to_thread=True)
def list_keys(request: Request[Any, Any, Any], services: Injected) -> list[dict[str, Any]]:
    """Each set of keys with the sizes of the checkpoints that it signs, the oldest first."""
    return _shown(services.of(identify(request, services, None)).rotation)


@post("/v1/keys/rotate", sync_to_thread=True, status_code=200)
def rotate_keys(request: Request[Any, Any, Any], services: Injected) -> list[dict[str, Any]]:
    """Go over to new keys; answered once they sign."""
    identity = identify(request, services, "admin")
    rotation = services.of(identity).rotation
    rotation.wait(rotation.announce(name=identity.name, uid=identity.token_id))
    return _shown(rotation)


def _shown(rotation: KeyRotation) -> list[dict[str, Any]]:
    """Sets of keys; at a handover the checkpoint of that size carries both sets' signatures."""
    since, began = 0, None
    shown = []
    # Read before the statements: where the keys change meanwhile, the statement says which sign now.
    signing: Iterable[object] = rotation.verifier_keys
    for index, statement in rotation.statements():
        stated = parse_rotation(statement)
        shown.append(_set(stated.old, since=since, until=index + 1, began_us=began))
        since, began, signing = index + 1, stated.time_us, stated.new
    shown.append(_set(signing, since=since, until=None, began_us=began))
    return shown


def _set(keys: Iterable[object], *, since: int, until: int | None, began_us: int | None) -> dict[str, Any]:
    return {
        "verifier_keys": [str(key) for key in keys],
        "since_size": since,
        "until_size": until,
        "rotated": None if began_us is None else isoformat(began_us),
    }
