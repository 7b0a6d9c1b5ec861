"""The log's keys over the API: listed, rotated, and followed by whoever kept old ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.running.events import okta_lines

from affidavit.evidence.key_history import KeyHistory
from affidavit.formats.tlog.checkpoint import open_checkpoint, parse_checkpoint
from affidavit.formats.tlog.keys import VerifierKey
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.signing import verifier_of

if TYPE_CHECKING:
    from tests.running.in_process import Api


def test_a_rotation_is_a_record_whose_statement_leads_from_old_keys_to_new(api: Api) -> None:
    """The record of kind `key` names who asked, and its original is what follows from the old keys."""
    source = api.declare("before-rotation")
    api.sent(source, okta_lines(3))
    old = api.get("/v1/checkpoint").json()["verifier_keys"]
    rotated = api.post("/v1/keys/rotate", {})
    assert rotated.status_code == 200, rotated.text
    first, second = rotated.json()
    assert first["verifier_keys"] == old
    assert first["until_size"] == second["since_size"]
    assert api.get("/v1/keys").json() == rotated.json()
    newest = api.get("/v1/checkpoint").json()
    assert newest["verifier_keys"] == second["verifier_keys"] != old

    found = api.get("/v1/search", params={"q": "kind:key"}).json()["records"]
    assert [record["index"] for record in found] == [first["until_size"] - 1]
    assert found[0]["event"]["metadata"]["event_code"] == "key.rotated"
    assert found[0]["event"]["actor"]["user"]["name"] == "owner"
    history = KeyHistory.follow(map(VerifierKey.parse, old), [(found[0]["index"], found[0]["raw"].encode())])
    after = api.sent(source, okta_lines(2))["checkpoint"]
    note = api.get("/log/checkpoint").content
    opened = open_checkpoint(note, map(verifier_of, history.at(first["until_size"] + 1)))
    assert opened.checkpoint.size >= after["size"]


def test_only_an_admin_rotates(api: Api) -> None:
    """Readers see the keys, and are refused to change them; nothing happens."""
    reader = api.token("read")
    before = api.get("/v1/keys", token=reader).json()
    assert api.post("/v1/keys/rotate", {}, token=reader).status_code == 403
    assert api.post("/v1/keys/rotate", {}, token=None).status_code == 401
    assert api.get("/v1/keys", token=reader).json() == before


def test_kept_checkpoints_are_listed_and_served(api: Api) -> None:
    """A rotation's handover is kept; it is a note over exactly that size, and has no timestamp here."""
    api.post("/v1/keys/rotate", {})
    handover = api.get("/v1/keys").json()[-1]["since_size"]
    listed = api.get("/log/checkpoints", token=None)
    assert listed.json()["next"] is None
    assert handover in listed.json()["sizes"] == sorted(listed.json()["sizes"])
    assert api.get("/log/checkpoints", params={"after": handover}, token=None).json()["sizes"] == []
    note = api.get(f"/log/checkpoints/{handover}", token=None)
    assert note.headers["content-type"] == "text/plain; charset=utf-8"
    assert parse_checkpoint(parse_note(note.content).text).size == handover
    for name in (f"{handover}.tsr", str(handover + 1), "x", "-1", "9" * 30, "..%2f..%2fkeys%2flog.key"):
        missing = api.get(f"/log/checkpoints/{name}", token=None)
        assert missing.status_code == 404, name
