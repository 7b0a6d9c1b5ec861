"""Moments as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.errors import UsageError
from affidavit.search.when import moment_us

NOW_US = 1_764_115_200_000_000  # 2025-11-26T00:00:00Z
DAY_US = 86_400_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", NOW_US),
        ("30s", NOW_US - 30_000_000),
        ("90m", NOW_US - 5_400_000_000),
        ("2h", NOW_US - 7_200_000_000),
        ("7d", NOW_US - 7 * DAY_US),
        (" 4w ", NOW_US - 28 * DAY_US),
        ("999999w", 0),
        ("2025-11-25", NOW_US - DAY_US),
        ("2025-11-26T00:00:00Z", NOW_US),
        ("2025-11-26T01:00:00+01:00", NOW_US),
        ("2025-11-26T00:00:00.000001", NOW_US + 1),
        ("2025-11-26 00:00", NOW_US),
    ],
)
def test_a_moment(text: str, expected: int) -> None:
    """A span before now, a day or a time; what has no offset is UTC."""
    assert moment_us(text, now_us=NOW_US) == expected


@pytest.mark.parametrize(
    "text", ["", "7", "d", "-7d", "7y", "yesterday", "2025-13-01", "2025-11-26T25:00Z", "²d"]
)
def test_no_moment(text: str) -> None:
    """UsageError."""
    with pytest.raises(UsageError):
        moment_us(text, now_us=NOW_US)


@given(st.text(max_size=30))
def test_any_text_is_a_moment_or_is_refused(text: str) -> None:
    """Nothing foreign comes out, and every moment is one that the lake can compare with."""
    try:
        found = moment_us(text, now_us=NOW_US)
    except UsageError:
        return
    assert 0 <= found < 2**63
