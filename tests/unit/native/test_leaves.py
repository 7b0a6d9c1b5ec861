"""Leaf hashes of a batch: the library and the reference give the same bytes, and bad columns are refused."""

from __future__ import annotations

from array import array
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from affidavit.core.errors import RecordError
from affidavit.formats.record.leaves import leaf_hashes
from affidavit.formats.record.sealed import Sealed
from affidavit.formats.record.sealed import leaves_of as reference
from affidavit.formats.record.strings import Strings
from affidavit.native.leaves import leaves_of

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = st.integers(0, 300) | st.sampled_from([23, 24, 40, 55, 56, 63, 64, 65, 119, 120, 1_000, 70_000])
PART = st.builds(lambda size, byte: bytes([byte]) * size, SIZES, st.integers(0, 255))
JSON = SIZES.map(lambda size: b"f" * size)
NAME = st.text("abz09._/-", min_size=1, max_size=20).map(str.encode)
ROW = st.tuples(
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=16, max_size=16) | st.none(),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 2**53 - 1),
    NAME,
    st.tuples(JSON, JSON, JSON, JSON, PART),
)


def strings(values: Sequence[bytes], *, wide: bool = True) -> Strings:
    """A column of the values."""
    offsets = array("q" if wide else "i", accumulate(map(len, values), initial=0))
    return Strings(data=b"".join(values), offsets=offsets, count=len(values), wide=wide)


def sealed(rows: Sequence[Any], *, wide: bool, one_name: bytes | None = None) -> Sealed:
    """The rows in columns."""
    known = sum((row[1] is not None) << at for at, row in enumerate(rows))
    names: Strings | bytes = (
        one_name if one_name is not None else strings([row[5] for row in rows], wide=wide)
    )
    return Sealed(
        count=len(rows),
        ids=b"".join(row[0] for row in rows),
        salts=b"".join(row[1] or bytes(16) for row in rows),
        salts_known=known.to_bytes((len(rows) + 7) // 8, "little"),
        classes=array("i", [row[2] for row in rows]),
        received_us=array("q", [row[3] for row in rows]),
        seqs=array("q", [row[4] for row in rows]),
        kind=b"event",
        mapper=names,
        source=names,
        parts=strings([b"\n".join(row[6]) for row in rows], wide=wide),
    )


@given(rows=st.lists(ROW, max_size=70), wide=st.booleans(), one_name=NAME | st.none())
@example(rows=[], wide=True, one_name=None)
def test_the_library_gives_the_bytes_of_the_reference(
    rows: list[Any], wide: bool, one_name: bytes | None
) -> None:
    """Empty parts, long parts, erased salts, any integer: record by record the leaf of formats.record."""
    columns = sealed(rows, wide=wide, one_name=one_name)
    names = [(one_name or row[5]).decode() for row in rows]
    meant = leaf_hashes(
        salts=[row[1] or b"" for row in rows],
        actor=[row[6][0] for row in rows],
        target=[row[6][1] for row in rows],
        detail=[row[6][2] for row in rows],
        facts=[row[6][3] for row in rows],
        raw=[row[6][4] for row in rows],
        classes=[row[2] for row in rows],
        kinds=["event"] * len(rows),
        mappers=names,
        received_us=[row[3] for row in rows],
        records=[row[0] for row in rows],
        seqs=[row[4] for row in rows],
        sources=names,
    )
    assert leaves_of(columns) == reference(columns) == b"".join(meant)


@given(
    broken=st.sampled_from(["ids", "salts", "classes", "received_us", "seqs", "salts_known"]),
    row=ROW,
    count=st.integers(-3, 99),
)
def test_columns_that_are_too_short_are_refused(broken: str, row: Any, count: int) -> None:
    """Nothing behind the end of a buffer is ever read."""
    columns = sealed([row] * 9, wide=True)
    fields = {name: getattr(columns, name) for name in Sealed.__dataclass_fields__}
    fields[broken] = memoryview(fields[broken]).cast("B")[:1]
    for hashed in (leaves_of, reference):
        with pytest.raises(RecordError):
            hashed(Sealed(**fields))
        if count != 9:
            with pytest.raises(RecordError):
                hashed(Sealed(**{**fields, broken: getattr(columns, broken), "count": count}))


@given(
    broken=st.sampled_from(["parts", "kind", "mapper", "source"]),
    offsets=st.lists(st.integers(-(2**40), 2**40) | st.integers(0, 12), min_size=4, max_size=4),
)
def test_offsets_that_lead_astray_are_refused(broken: str, offsets: list[int]) -> None:
    """They are checked, all of them, before one is followed."""
    row = (bytes(16), bytes(16), 0, 0, 0, b"a", (b"", b"", b"", b"f", b"r"))
    columns = sealed([row] * 3, wide=True)
    fields = {name: getattr(columns, name) for name in Sealed.__dataclass_fields__}
    fields[broken] = Strings(data=b"hello\nworld", offsets=array("q", offsets), count=3)
    good = offsets == sorted(offsets) and offsets[0] >= 0 and offsets[-1] <= 11 and broken != "parts"
    for hashed in (leaves_of, reference):
        if good:
            hashed(Sealed(**fields))
        else:
            with pytest.raises(RecordError):
                hashed(Sealed(**fields))
