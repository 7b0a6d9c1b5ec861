"""Batches in over the API: every form, every refusal, and what the receipt says."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.running.events import okta_event, okta_lines

if TYPE_CHECKING:
    from tests.running.in_process import Api

EVENT = json.dumps(okta_event()).encode()


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        (EVENT + b"\n" + EVENT, 2),
        (EVENT + b"\r\n" + EVENT + b"\r\n\r\n", 2),
        (b"[" + EVENT + b"," + EVENT + b"," + EVENT + b"]", 3),
        (EVENT, 1),
        (json.dumps(okta_event(), indent=2).encode(), 1),
        (b"", 0),
    ],
)
def test_forms_of_a_body(api: Api, body: bytes, accepted: int) -> None:
    """NDJSON, an array, one object, pretty printed or not, and nothing at all are all batches."""
    source = api.declare(f"forms-{len(body)}-{accepted}")
    answer = api.ingest(source, body)
    assert answer.status_code == 200, answer.text
    receipt = answer.json()
    assert (receipt["accepted"], receipt["quarantined"]) == (accepted, 0)
    assert receipt["first_seq"] == (0 if accepted else None)
    assert receipt["last_seq"] == (accepted - 1 if accepted else None)


@pytest.mark.parametrize(("kind", "member"), [("aws.cloudtrail", "Records"), ("kubernetes.audit", "items")])
def test_a_vendors_envelope_is_opened(api: Api, kind: str, member: str) -> None:
    """The events inside CloudTrail's Records and an EventList are records, each with its own bytes."""
    event = {
        "aws.cloudtrail": {
            "eventName": "ListBuckets",
            "eventSource": "s3.amazonaws.com",
            "eventTime": "2026-11-20T08:00:00Z",
        },
        "kubernetes.audit": {"kind": "Event", "auditID": "a-1", "verb": "get", "stage": "ResponseComplete"},
    }[kind]
    source = api.declare(f"envelope-{member.lower()}", kind)
    receipt = api.sent(source, json.dumps({member: [event, event]}).encode())
    assert receipt["accepted"] == 2
    found = api.get(f"/v1/records/{receipt['first_index']}").json()
    assert json.loads(found["raw"]) == event


@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("zstd", zstandard.ZstdCompressor().compress)]
)
def test_compressed_bodies(api: Api, encoding: str, compress: object) -> None:
    """Gzip and zstd bodies are read as what they hold."""
    assert callable(compress)
    source = api.declare(f"compressed-{encoding}")
    answer = api.ingest(source, compress(okta_lines(50)), content_encoding=encoding)
    assert answer.json()["accepted"] == 50


def test_an_unknown_encoding_is_refused(api: Api) -> None:
    """What cannot be decompressed at all is refused, and says what can be."""
    answer = api.ingest(api.declare("brotli"), okta_lines(1), content_encoding="br")
    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported-encoding"


def test_a_bomb_costs_neither_memory_nor_the_batch(api: Api) -> None:
    """A line of 64 MiB in a small gzip body goes to quarantine; the lines around it are taken."""
    body = gzip.compress(EVENT + b"\n" + b'{"a":"' + b"x" * (64 << 20) + b'"}\n' + EVENT)
    receipt = api.ingest(api.declare("bomb"), body, content_encoding="gzip").json()
    assert (receipt["accepted"], receipt["quarantined"]) == (2, 1)
    assert receipt["quarantine"][0]["code"] in {"line-too-long", "document-too-large"}


def test_a_bad_line_goes_to_quarantine_alone(api: Api) -> None:
    """The receipt names line, byte and reason; the bytes are kept as they came; the rest is taken."""
    bad = [b"not json", b'{"eventType": "x", \xff}', b"[" * 5000, b'"a string"']
    body = b"\n".join([EVENT, bad[0], EVENT, *bad[1:], EVENT])
    source = api.declare("bad-lines")
    receipt = api.ingest(source, body).json()
    assert (receipt["accepted"], receipt["quarantined"]) == (3, 4)
    lines = body.split(b"\n")
    for noted in receipt["quarantine"]:
        assert noted["byte"] == len(b"\n".join(lines[: noted["line"] - 1])) + 1
        assert noted["reason"]
    api.sealed(receipt["batch"])
    listed = api.get("/v1/quarantine", params={"source": source}).json()["quarantined"]
    assert {line["id"] for line in listed} == {line["id"] for line in receipt["quarantine"]}
    kept = [api.get(f"/v1/quarantine/{line['id']}/raw").content for line in listed]
    assert sorted(kept) == sorted(bad)


def test_an_undeclared_source_is_refused_and_kept(api: Api) -> None:
    """Who may send to any source and names an unknown one is told so; the lines are in quarantine."""
    answer = api.ingest("nobody-declared-this", okta_lines(2))
    assert answer.status_code == 404
    problem = answer.json()
    assert (problem["code"], problem["receipt"]["quarantined"]) == ("unknown-source", 2)
    assert "sources add" in problem["hint"]
    api.sealed(problem["receipt"]["batch"])
    kept = api.get("/v1/quarantine", params={"source": "nobody-declared-this"}).json()["quarantined"]
    assert [line["code"] for line in kept] == ["unknown-source"] * 2


def test_a_repeated_key_adds_nothing(api: Api) -> None:
    """The same Idempotency-Key gets the first receipt again, before and after sealing."""
    source = api.declare("repeated")
    first = api.ingest(source, okta_lines(3), idempotency_key="k1")
    again = api.ingest(source, okta_lines(3), idempotency_key="k1")
    assert again.headers["idempotency-replayed"] == "true"
    api.sealed(first.json()["batch"])
    later = api.ingest(source, okta_lines(3), idempotency_key="k1")
    assert {first.json()["batch"]} == {again.json()["batch"], later.json()["batch"]}
    other = api.ingest(source, okta_lines(1), idempotency_key="k2").json()
    assert other["first_seq"] == 3


@example(body=b"\x0b")
@given(body=st.binary(max_size=2000))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_garbage_is_quarantined_and_never_a_fault(api: Api, body: bytes) -> None:
    """Whatever bytes come, the answer is a receipt that accounts for them."""
    if not api.get("/v1/sources").json() or "garbage" not in {
        s["name"] for s in api.get("/v1/sources").json()
    }:
        api.declare("garbage")
    answer = api.ingest("garbage", body)
    assert answer.status_code == 200
    assert answer.json()["accepted"] + answer.json()["quarantined"] >= bool(
        body.strip(b" \t\r\n\xef\xbb\xbf")
    )
