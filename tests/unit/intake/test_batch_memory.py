"""What mapping remembers of hostile events stays bounded, however long their members are."""

from __future__ import annotations

import json
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from affidavit.core.ids import SourceType
from affidavit.intake.batch import Batch
from affidavit.intake.framing import LINE_BYTES, Piece
from affidavit.native.division import Divider
from affidavit.sources.registry import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS = 320
LONG = LINE_BYTES - 4_096
MOST_BYTES = 256 << 20
"""Of what came in, which is 320 MiB, and of what is made of it."""


def okta(number: int) -> bytes:
    """A sign-in by an agent that calls itself something very long."""
    agent = {"rawUserAgent": f"{number} {'x' * LONG}"}
    return json.dumps({"eventType": "user.session.start", "client": {"userAgent": agent}}).encode()


def cloudtrail(number: int) -> bytes:
    """The same of another vendor."""
    return json.dumps(
        {
            "eventVersion": "1.11",
            "eventTime": "2026-01-01T00:00:00Z",
            "eventSource": "s3.amazonaws.com",
            "eventName": "GetObject",
            "userAgent": f"{number} {'x' * LONG}",
        }
    ).encode()


@pytest.mark.parametrize(("type_", "event"), [("okta.system_log", okta), ("aws.cloudtrail", cloudtrail)])
def test_long_members_are_not_remembered_without_end(type_: str, event: Callable[[int], bytes]) -> None:
    """After hundreds of events of almost 1 MiB, each with another agent, little of them is still held."""
    divider = Divider()
    tracemalloc.start()
    try:
        for number in range(EVENTS):
            batch = Batch(
                kind_of(SourceType(type_)), tenant="default", source="s", received_us=1, divider=divider
            )
            batch.add([Piece(event(number), 1, 0)])
            assert batch.accepted == 1
        held_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held_bytes < MOST_BYTES
