"""The manifest has one spelling; anything else is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core import canonical
from affidavit.core.errors import BundleError
from affidavit.formats.bundle.manifest import STATED, Manifest, parse_manifest

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
        changed(created="yesterday"),
        changed(disclosed=["facts", "actor"]),
        changed(disclosed=["password"]),
        changed(entries={"first": 9, "end": 3}),
        changed(entries={"first": 0, "end": 21}),
        changed(entries={"first": -1, "end": 2}),
        changed(entries={"first": True, "end": 2}),
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
