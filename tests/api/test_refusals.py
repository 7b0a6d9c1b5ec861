"""Refusals: who may not, what is not there, what cannot be; all in one shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.running.events import okta_lines

if TYPE_CHECKING:
    import httpx
    from tests.running.in_process import Api

SHAPE = {"status", "code", "message", "hint"}


def _refused(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    problem: dict[str, Any] = answer.json()
    assert problem.keys() >= SHAPE
    assert problem["status"] == status
    return problem


@pytest.mark.parametrize(
    "path", ["/v1/sources", "/v1/search", "/v1/records/0", "/v1/tokens", "/v1/quarantine", "/v1/checkpoint"]
)
def test_nothing_is_read_without_a_token(api: Api, path: str) -> None:
    """401 without a token and with a wrong one."""
    _refused(api.get(path, token=None), 401)
    _refused(api.get(path, token="aff_0000000000000000_" + "A" * 43), 401)
    _refused(api.get(path, token="nonsense"), 401)


def test_a_scope_opens_only_its_door(api: Api) -> None:
    """A sender cannot read or send elsewhere, a reader cannot send or administer; 403 names the scope."""
    mine, other = api.declare("mine"), api.declare("other")
    sender, reader = api.token(f"ingest:{mine}"), api.token("read")
    assert api.ingest(mine, okta_lines(1), token=sender).status_code == 200
    assert "ingest:other" in _refused(api.ingest(other, okta_lines(1), token=sender), 403)["message"]
    _refused(api.get("/v1/search", token=sender), 403)
    _refused(api.ingest(mine, okta_lines(1), token=reader), 403)
    _refused(api.post("/v1/sources", {"name": "x", "type": "okta.system_log"}, token=reader), 403)
    _refused(api.get("/v1/tokens", token=reader), 403)


def test_a_token_is_shown_once_and_can_be_revoked(api: Api) -> None:
    """Its text is in no list; revoked, it opens nothing."""
    text = api.token("read")
    listed = api.get("/v1/tokens")
    assert text not in listed.text
    assert text.split("_")[2] not in listed.text
    assert api.get("/v1/sources", token=text).status_code == 200
    assert api.send("DELETE", f"/v1/tokens/{text.split('_')[1]}").status_code == 200
    _refused(api.get("/v1/sources", token=text), 401)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("DELETE", "/v1/sources", 405),
        ("GET", "/v1/records/999999999", 404),
        ("GET", "/v1/receipts/nothing", 404),
        ("GET", "/v1/quarantine/nothing", 404),
        ("GET", "/v1/search?limit=0", 400),
        ("GET", "/v1/search?limit=many", 400),
        ("GET", "/v1/search?cursor=odd", 400),
        ("GET", "/v1/search?since=yesterday-ish", 400),
    ],
)
def test_every_refusal_has_one_shape(api: Api, method: str, path: str, status: int) -> None:
    """Status, code, message and hint, whoever refuses."""
    _refused(api.send(method, path), status)


def test_a_body_that_is_no_json_is_refused(api: Api) -> None:
    """Bad JSON, unknown members, unknown types and bad names are 400 or 404, never a fault."""
    as_json = {"Content-Type": "application/json"}
    _refused(api.send("POST", "/v1/sources", content=b"{", headers=as_json), 400)
    _refused(api.post("/v1/sources", {"name": "x", "type": "okta.system_log", "colour": "red"}), 400)
    _refused(api.post("/v1/sources", {"name": "x", "type": "no.such"}), 404)
    _refused(api.post("/v1/sources", {"name": "Bad Name", "type": "okta.system_log"}), 400)
    _refused(api.post("/v1/tokens", {"scopes": ["everything"]}), 400)


def test_an_odd_key_is_refused(api: Api) -> None:
    """An Idempotency-Key is printable ASCII of at most 255 characters."""
    source = api.declare("odd-key")
    _refused(api.ingest(source, okta_lines(1), idempotency_key="x" * 256), 400)
