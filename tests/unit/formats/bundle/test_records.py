"""Records of a bundle as bytes: what is written is read, however it is cut, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.errors import BundleError
from affidavit.formats.bundle.records import (
    BundledRecord,
    Part,
    Shown,
    Withheld,
    decode_records,
    encode_record,
)

PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(Shown, st.binary(min_size=16, max_size=16), st.binary(max_size=40)),
    st.builds(Withheld, st.binary(min_size=32, max_size=32)),
)
RECORDS = st.builds(BundledRecord, st.integers(0, 2**53 - 1), st.tuples(*[PARTS] * 5))


def cut(data: bytes, step: int) -> list[bytes]:
    """The bytes in pieces."""
    return [data[at : at + step] for at in range(0, len(data), step)]


@given(st.lists(RECORDS, max_size=5), st.integers(1, 200))
def test_what_is_written_is_read(records: list[BundledRecord], step: int) -> None:
    """However the member is cut into pieces."""
    data = b"".join(map(encode_record, records))
    assert list(decode_records(cut(data, step))) == records


@given(st.lists(RECORDS, min_size=1, max_size=3), st.data())
def test_a_member_that_ends_early_is_refused(records: list[BundledRecord], data: st.DataObject) -> None:
    """Within a record, be it one byte before its end."""
    whole = b"".join(map(encode_record, records))
    ends = {
        sum(len(encode_record(record)) for record in records[:count]) for count in range(len(records) + 1)
    }
    length = data.draw(st.integers(0, len(whole) - 1).filter(lambda at: at not in ends))
    with pytest.raises(BundleError):
        list(decode_records([whole[:length]]))


@given(st.binary(max_size=3000), st.integers(1, 500))
def test_garbage_is_refused(data: bytes, step: int) -> None:
    """Whatever it is; only nothing is no record."""
    if data:
        with pytest.raises(BundleError):
            list(decode_records(cut(data, step)))


D = b"=" + b"0" * 64


@pytest.mark.parametrize(
    "head",
    [
        b"01 " + b" ".join([D] * 5),
        b"1 " + b" ".join([D] * 4),
        b"1 " + b" ".join([D] * 6),
        b"1 " + b" ".join([D.upper().replace(b"0", b"A")] * 5),
        b"-1 " + b" ".join([D] * 5),
        b"1  " + b" ".join([D] * 5),
        b"1 " + b" ".join([*[D] * 4, b"0" * 32 + b"+00"]),
        b"1 " + b" ".join([*[D] * 4, b"0" * 32 + b"+999999999"]),
        b"1 " + b" ".join([*[D] * 4, b"0" * 30 + b"+0"]),
    ],
)
def test_another_spelling_is_refused(head: bytes) -> None:
    """Each record has one."""
    with pytest.raises(BundleError):
        list(decode_records([head + b"\n\n"]))
