"""Memory that reading took is given back once nobody reads."""

from __future__ import annotations

import pyarrow as pa
import pytest

from affidavit.lake.memory import freed_memory_kept, give_back_freed_memory


def test_the_last_reader_gives_memory_back() -> None:
    """Two searches at once: the first to end leaves the other its pool; also where one fails."""
    give_back_freed_memory()
    giving = pa.default_memory_pool().backend_name
    with freed_memory_kept():
        keeping = pa.default_memory_pool().backend_name
        with pytest.raises(ValueError, match="damaged"), freed_memory_kept():
            raise ValueError("damaged")
        assert pa.default_memory_pool().backend_name == keeping
        held = pa.array(range(100_000))
    assert pa.default_memory_pool().backend_name == giving
    assert held[99_999].as_py() == 99_999  # what was read stays where it is
