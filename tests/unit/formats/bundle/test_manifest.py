"""The manifest has one spelling; anything else is refused by name."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core import canonical
from affidavit.core.errors import BundleError
from affidavit.formats.bundle.manifest import STATED, Manifest, parse_manifest
from affidavit.formats.record.seal import NAMES

MANIFEST = Manifest(
    tool="affidavit 0.1.0",
    origin="log.example/x",
    created_us=1_795_424_400_123_456,
    asked_by="jane",
    asked_token="0123",
    query="actor:alice",
    since="7d",
    until=None,
    since_us=1_795_000_000_000_000,
    until_us=None,
    disclosed=("actor", "facts"),
    start_size=None,
    end_size=20,
    first=3,
    end=9,
    stated={name: {} for name in STATED},
    members={"entries.ndjson": ("00" * 32, 5)},
)


def test_what_is_written_is_read() -> None:
    """Every member, and by it whether a time lies in the period."""
    read = parse_manifest(MANIFEST.encode())
    assert read == MANIFEST
    assert read.in_period(1_795_000_000_000_000)
    assert not read.in_period(1_794_999_999_999_999)


FULL = dataclasses.replace(
    MANIFEST,
    since=None,
    until="2026-11-23",
    since_us=None,
    until_us=1_795_000_000_000_001,
    disclosed=NAMES,
    start_size=0,
    first=0,
    end=20,
    stated={name: {"a": number} for number, name in enumerate(STATED)},
)


def test_the_form_is_that_of_the_format() -> None:
    """Other verifiers know the members by these names, and know that this is version 1."""
    assert FULL.encode() == (
        b'{"asked_by":{"name":"jane","token":"0123"},"counts":{"a":0},"created":"2026-11-23T09:00:00.123456Z",'
        b'"disclosed":["actor","detail","facts","raw","target"],"entries":{"end":20,"first":0},'
        b'"format":"affidavit/bundle/v1","kinds":{"a":1},"log":{"end_size":20,"origin":"log.example/x","start_size":0},'
        b'"mappers":{"a":2},"members":{"entries.ndjson":{"sha256":"%b","size":5}},"occurred":{"a":3},'
        b'"question":{"period_of":"received","query":"actor:alice","since":null,"since_asked":null,"time_zone":"UTC",'
        b'"until":"2026-11-18T11:06:40.000001Z","until_asked":"2026-11-23"},"received":{"a":4},"sources":{"a":5},'
        b'"tool":"affidavit 0.1.0"}' % (b"00" * 32)
    )
    assert parse_manifest(FULL.encode()) == FULL


def test_a_period_ends_before_its_last_moment() -> None:
    """The end is not in it, the beginning is; what is not bounded is."""
    both = dataclasses.replace(MANIFEST, since_us=10, until_us=20)
    assert [at for at in range(5, 25) if both.in_period(at)] == list(range(10, 20))
    assert FULL.in_period(-(1 << 60))
    assert not FULL.in_period(1_795_000_000_000_001)
    assert dataclasses.replace(FULL, until_us=None).in_period(1 << 60)


def changed(**members: Any) -> bytes:
    """The manifest with members replaced, in canonical form."""
    return canonical.encode({**json.loads(MANIFEST.encode()), **members})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        MANIFEST.encode() + b" ",
        MANIFEST.encode().replace(b'":', b'": ', 1),
        changed(more=1),
        changed(format="affidavit/bundle/v2"),
        changed(created="2026-11-23T09:00:00Z"),
        changed(created="2026-11-23T09:00:00.000000+01:00"),
        changed(created="2026-11-23T09:00:00.000000"),
        changed(created="yesterday"),
        changed(created=1_795_424_400),
        changed(tool=5),
        changed(log={"origin": None, "start_size": None, "end_size": 20}),
        changed(log={"origin": "log.example/x", "start_size": None, "end_size": "20"}),
        changed(log={"origin": "log.example/x", "start_size": -1, "end_size": 20}),
        changed(log={"origin": "log.example/x", "start_size": False, "end_size": 20}),
        changed(asked_by={"name": 1, "token": "0123"}),
        changed(asked_by={"name": "jane", "token": ["0123"]}),
        changed(disclosed=["facts", "actor"]),
        changed(disclosed=["password"]),
        changed(entries={"first": 9, "end": 3}),
        changed(entries={"first": 0, "end": 21}),
        changed(entries={"first": -1, "end": 2}),
        changed(entries={"first": True, "end": 2}),
        changed(entries={"first": 3, "end": 9}).replace(b'"end_size":20', b'"end_size":%d' % 2**53),
        changed(members={"x": {"sha256": "", "size": -1}}),
        changed(members={"x": {"sha256": "", "size": True}}),
        changed(members={"x": {"sha256": 1, "size": 1}}),
        changed(members=[]),
        changed(question=None),
    ],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    """Other members, types, times, ranges, spellings."""
    with pytest.raises(BundleError) as caught:
        parse_manifest(data)
    assert caught.value.code == "manifest-format"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda s: st.lists(s) | st.dictionaries(st.text(), s),
    )
)
def test_garbage_is_refused(value: Any) -> None:
    """Any other JSON."""
    with pytest.raises(BundleError):
        parse_manifest(json.dumps(value).encode())
