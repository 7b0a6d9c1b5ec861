"""/v1/evidence: a bundle is asked for, made in the background, fetched, and recorded in the log itself."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.running.events import okta_lines
from tests.simulators.forger import Forger

from affidavit.evidence.bundle.trusting import read_trust
from affidavit.evidence.bundle.verify import verify_bundle

if TYPE_CHECKING:
    from tests.running.in_process import Api


def asked(api: Api, **question: Any) -> dict[str, Any]:
    """What became of a bundle, once that is known."""
    answer = api.post("/v1/evidence", question)
    assert answer.status_code == 202, answer.text
    until = time.monotonic() + 30
    while time.monotonic() < until:
        state: dict[str, Any] = api.get(f"/v1/evidence/{answer.json()['id']}").json()
        if state["state"] in ("done", "failed"):
            return state
        time.sleep(0.02)
    raise AssertionError("the bundle was not made in time")


@pytest.fixture(scope="module")
def source(api: Api) -> str:
    """A source with 40 records."""
    name = api.declare("evidence-okta")
    api.sent(name, okta_lines(40))
    return name


def test_a_bundle_is_made_and_fetched(api: Api, source: str) -> None:
    """What is fetched is the file whose digest the state names, and it verifies with the log's keys."""
    state = asked(api, query=f"source:{source}", disclose=["actor", "raw"])
    assert (state["state"], state["records"], state["error"]) == ("done", 40, None)
    assert state["disclosed"] == ["actor", "facts", "raw"]
    answer = api.get(f"/v1/evidence/{state['id']}/bundle")
    assert answer.headers["content-type"] == "application/zip"
    keys = api.get("/v1/checkpoint").json()["verifier_keys"]
    verdict = verify_bundle(io.BytesIO(answer.content), read_trust(keys=keys, policy=None, roots=None))
    assert verdict.faults == []
    assert verdict.sha256 == state["sha256"]


def test_the_log_records_who_was_given_what(api: Api, source: str) -> None:
    """The record of kind `access` names the token that asked, the query and the bundle's digest."""
    token = api.post("/v1/tokens", {"scopes": ["read"], "name": "auditor-jane"}).json()["token"]
    answer = api.send("POST", "/v1/evidence", json={"query": "actor:amelia*"}, token=token)
    state = answer.json()
    until = time.monotonic() + 30
    while time.monotonic() < until:
        state = api.get(f"/v1/evidence/{state['id']}").json()
        found = api.get("/v1/search", params={"q": "kind:access actor:auditor-jane"}).json()["records"]
        if found:
            break
        time.sleep(0.05)
    (record,) = found
    assert record["source"] == "affidavit"
    assert state["sha256"] in record["raw"]
    assert "actor:amelia*" in record["raw"]
    manifest = Forger(api.get(f"/v1/evidence/{state['id']}/bundle").content).manifest
    assert manifest["asked_by"]["name"] == "auditor-jane"


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({"query": "colour:red"}, "query-syntax"),
        ({"since": "yesterday-ish"}, "query-syntax"),
        ({"since": "1h", "until": "2h"}, "period"),
        ({"disclose": ["actor"], "withhold": ["raw"]}, "disclosure"),
        ({"disclose": ["password"]}, "disclosure"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_once(api: Api, question: dict[str, Any], code: str) -> None:
    """Nothing is queued for a question that has no answer."""
    answer = api.post("/v1/evidence", question)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_scopes(api: Api, source: str) -> None:
    """Evidence is for whoever may read; a sender may not."""
    sender = api.token(f"ingest:{source}")
    assert api.post("/v1/evidence", {}, token=sender).status_code == 403
    assert api.post("/v1/evidence", {}, token=None).status_code == 401
    assert api.get("/v1/evidence/x", token=sender).status_code == 403


def test_a_bundle_that_nobody_asked_for(api: Api) -> None:
    """404, by name."""
    for path in ("/v1/evidence/nonsense", "/v1/evidence/nonsense/bundle"):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-bundle")
