"""A record as a line of JSON."""

from __future__ import annotations

import msgspec
import pytest

from affidavit.lake.segment import Found
from affidavit.search.results import line


def row(**parts: bytes) -> Found:
    """A found record with these parts."""
    given = {
        "facts": b'{"time":1,"class_uid":3002}',
        "actor": b"",
        "target": b"",
        "detail": b"",
        "raw": b"{}",
    } | parts
    return Found(
        index=7,
        record=bytes(range(16)),
        kind="event",
        source="okta-prod",
        received_us=1_764_115_200_000_001,
        **given,
    )


def test_the_line() -> None:
    """Index, ids and times, the event merged from its parts, the original as text."""
    shown = line(
        row(
            actor=b'{"actor":{"user":{"name":"Zo\xc3\xab"}}}',
            target=b'{"user":{"uid":"u"}}',
            detail=b'{"message":"m"}',
            raw='{"who": "Zoë"}\t"\n'.encode(),
        )
    )
    assert b"\n" not in shown
    assert msgspec.json.decode(shown) == {
        "index": 7,
        "record": "00010203-0405-0607-0809-0a0b0c0d0e0f",
        "source": "okta-prod",
        "kind": "event",
        "received": "2025-11-26T00:00:00.000001Z",
        "event": {
            "time": 1,
            "class_uid": 3002,
            "actor": {"user": {"name": "Zoë"}},
            "user": {"uid": "u"},
            "message": "m",
        },
        "raw": '{"who": "Zoë"}\t"\n',
    }
    assert list(msgspec.json.decode(shown)) == [
        "index",
        "record",
        "source",
        "kind",
        "received",
        "event",
        "raw",
    ]


@pytest.mark.parametrize("absent", ["actor", "target", "detail"])
def test_absent_parts_add_nothing(absent: str) -> None:
    """Absent or empty, the event is the rest."""
    assert line(row(**{absent: b""})) == line(row(**{absent: b"{}"}))
