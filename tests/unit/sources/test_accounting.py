"""The accounting itself: it must see every kind of loss, or the tests that lean on it prove nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Unaccounted = Callable[..., list[str]]
RAW: dict[str, Any] = {
    "who": {"id": 7, "name": "a"},
    "ok": True,
    "list": [{"x": "p"}, {"x": "q"}],
    "none": None,
    "e": "",
}


@pytest.mark.parametrize(
    ("event", "unmapped", "transformed", "lost"),
    [
        ({}, RAW, set(), []),
        ({"uid": "7", "n": "a", "l": ["p", "q"]}, {"ok": True}, set(), []),
        ({"uid": "7", "n": "a", "l": ["p", "q"]}, {}, {"ok"}, []),
        ({"uid": "7", "n": "a", "l": ["p", "q"], "flag": True}, None, set(), ["ok"]),
        ({"uid": "7", "n": "a"}, {"ok": True, "list": [{"x": "q"}]}, set(), ["list[].x"]),
        ({"uid": "7", "l": ["p", "q"]}, {"ok": True, "name": "a"}, set(), ["who.name"]),
        ({"uid": "7", "l": ["p", "q"], "unmapped": {"elsewhere": "a"}}, {"ok": True}, set(), ["who.name"]),
        ({"uid": "7", "n": "a", "l": ["p", "q"]}, {"ok": 1}, set(), ["ok"]),
    ],
)
def test_losses(
    unaccounted: Unaccounted,
    event: dict[str, Any],
    unmapped: dict[str, Any] | None,
    transformed: set[str],
    lost: list[str],
) -> None:
    """A value counts where it is in `unmapped` at its own path, or in the event, or declared; else lost."""
    assert unaccounted(RAW, event, unmapped, transformed) == lost
