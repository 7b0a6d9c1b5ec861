"""After a crash the lake is cut back to what the log has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from affidavit.lake.lake import Lake


@pytest.mark.parametrize("compacted", [False, True])
@pytest.mark.parametrize(("size", "dropped"), [(0, 60), (20, 40), (25, 35), (59, 1), (60, 0), (99, 0)])
def test_records_beyond_the_size_are_gone(
    lake: Lake, records: Any, size: int, dropped: int, *, compacted: bool
) -> None:
    """Whole files or a part of one; what remains is untouched and new records follow."""
    for first in (0, 20, 40):
        lake.append(records.segment(first, 20))
    if compacted:
        lake.compact(min_files=2)
    before = lake.rows(0, size)
    assert lake.truncate(size) == dropped
    assert lake.rows(0, 99) == before
    assert lake.truncate(size) == 0
    lake.append(records.segment(60 - dropped, 5))
    assert [row.index for row in lake.rows(0, 99)] == list(range(65 - dropped))
