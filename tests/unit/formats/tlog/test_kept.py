"""Statements of what is kept are read back as they were written, and nothing else is taken for one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from affidavit.formats.tlog.kept import KeptCheckpoint, state_kept, stated_kept

KEPT = (
    KeptCheckpoint(note="a" * 64, size=7, stamp=None),
    KeptCheckpoint(note="0" * 64, size=2**53 - 1, stamp="f" * 64),
)


def test_a_statement_is_canonical_json_and_read_back() -> None:
    """Its bytes are those of docs/spec/log.md."""
    data = state_kept(KEPT)
    assert stated_kept(data) == KEPT
    document = {
        "kept": [
            {"note": "a" * 64, "size": 7, "stamp": None},
            {"note": "0" * 64, "size": 2**53 - 1, "stamp": "f" * 64},
        ],
        "v": 1,
    }
    assert data == json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _spelled(**changed: Any) -> bytes:
    document = {"kept": [{"note": "a" * 64, "size": 7, "stamp": None, **changed}], "v": 1}
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"v":1,"x":' + b"[" * 100_000,
        b'{"kept":[],"v":2}',
        b'{"kept":[],"v":1,"w":0}',
        b'{"code":"drill","trials":[]}',
        state_kept(KEPT) + b" ",
        state_kept(KEPT).replace(b":", b": ", 1),
        _spelled(size=-1),
        _spelled(size=2**53),
        _spelled(size=True),
        _spelled(size="7"),
        _spelled(note="A" * 64),
        _spelled(note="a" * 63),
        _spelled(note="a" * 64 + "\n"),
        _spelled(note=None),
        _spelled(stamp="b" * 65),
        _spelled(more=1),
    ],
)
def test_anything_else_states_nothing(data: bytes) -> None:
    """Other records of Affidavit's own are of the same kind and class."""
    assert stated_kept(data) == ()
