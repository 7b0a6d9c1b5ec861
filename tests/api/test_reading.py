"""Reading over the API: search, records, receipts, and the log as outsiders see it."""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from tests.running.events import okta_lines

from affidavit.formats.tlog.checkpoint import open_checkpoint
from affidavit.formats.tlog.entries import decode_bundle
from affidavit.formats.tlog.merkle import verify_inclusion
from affidavit.formats.tlog.signing import verifier_of

if TYPE_CHECKING:
    from tests.running.in_process import Api


def test_a_receipt_leads_to_a_checkpoint_that_verifies(api: Api) -> None:
    """Once sealed, a batch has its index range and a signed note that covers it."""
    receipt = api.sent(api.declare("receipted"), okta_lines(7))
    assert receipt["last_index"] - receipt["first_index"] == 6
    keys = api.get("/v1/checkpoint").json()["verifier_keys"]
    note = receipt["checkpoint"]["note"].encode()
    opened = open_checkpoint(note, [verifier_of(key) for key in keys])
    assert opened.checkpoint.size > receipt["last_index"]
    assert receipt["checkpoint"]["size"] > receipt["last_index"]


def test_a_record_carries_its_proof(api: Api) -> None:
    """Digests recompute from salts and parts, the leaf from the entry, the root from the proof."""
    receipt = api.sent(api.declare("proven"), okta_lines(5))
    index = receipt["first_index"] + 2
    answer = api.get(f"/v1/records/{index}")
    shown = answer.json()
    digests = {}
    for name, part in shown["parts"].items():
        data = (
            b"affidavit/part/v1\n%b\n" % name.encode() + bytes.fromhex(part["salt"]) + part["data"].encode()
        )
        assert sha256(data).hexdigest() == part["digest"], name
        digests[name] = bytes.fromhex(part["digest"])
    body = sha256(b"affidavit/body/v1\n" + b"".join(digests[name] for name in sorted(digests))).hexdigest()
    assert shown["entry"]["body"] == body
    start = answer.content.index(b'"entry":') + len(b'"entry":')
    entry = answer.content[start : answer.content.index(b"}", start) + 1]
    assert sha256(b"\0" + entry).hexdigest() == shown["leaf"]
    proof = shown["proof"]
    opened = open_checkpoint(
        proof["checkpoint"].encode(),
        [verifier_of(key) for key in api.get("/v1/checkpoint").json()["verifier_keys"]],
    )
    verify_inclusion(
        index,
        size=proof["size"],
        leaf_hash=bytes.fromhex(shown["leaf"]),
        proof=[base64.b64decode(node) for node in proof["hashes"]],
        root=opened.checkpoint.root,
    )


def test_the_served_log_is_the_one_that_is_signed(api: Api) -> None:
    """Tiles and entry bundles need no token; leaf hashes of the entries are the tile's."""
    api.sent(api.declare("served"), okta_lines(300))
    size = int(api.get("/log/checkpoint", token=None).text.splitlines()[1])
    tile = api.get("/log/tile/0/000", token=None).content
    entries = decode_bundle(api.get("/log/tile/entries/000", token=None).content, width=256)
    assert b"".join(sha256(b"\0" + entry).digest() for entry in entries) == tile
    width = size % 256
    partial = api.get(f"/log/tile/0/{size // 256:03}.p/{width}", token=None)
    assert len(partial.content) == 32 * width


@pytest.mark.parametrize(
    "path", ["0/999", "0/000.p/0", "0/000.p/300", "entries/999", "99/000", "0/0", "x", "0/../../keys"]
)
def test_what_the_checkpoint_does_not_cover_is_not_there(api: Api, path: str) -> None:
    """Paths that are odd, or beyond the newest checkpoint, are 404."""
    assert api.get(f"/log/tile/{path}", token=None).status_code == 404


def test_pages_of_a_search_are_complete(api: Api) -> None:
    """Page after page, every record comes once, newest first, and `next` is null only at the end."""
    source = api.declare("paged")
    api.sent(source, okta_lines(25))
    seen: list[int] = []
    cursor = None
    while True:
        asked = {"q": f"source:{source}", "limit": "10", **({"cursor": cursor} if cursor else {})}
        page = api.get("/v1/search", params=asked).json()
        seen += [record["index"] for record in page["records"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 25


def test_a_query_that_does_not_parse_says_where(api: Api) -> None:
    """400, the reason and the fields that there are."""
    answer = api.get("/v1/search", params={"q": "actor:a colour:red"})
    assert (answer.status_code, answer.json()["code"]) == (400, "query-syntax")
    assert "character" in answer.json()["message"]
