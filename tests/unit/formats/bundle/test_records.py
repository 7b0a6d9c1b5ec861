"""Records of a bundle as bytes: what is written is read, however it is cut, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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


def refused(chunks: Iterable[bytes]) -> str:
    """Why."""
    with pytest.raises(BundleError) as caught:
        list(decode_records(chunks))
    assert caught.value.code == "records-format"
    return caught.value.message


def test_a_head_that_does_not_end_is_not_waited_for() -> None:
    """More than 1024 bytes are never held for one; up to that the next piece is looked at."""

    def pieces(length: int) -> Iterator[bytes]:
        yield b"1" * length
        raise AssertionError

    assert "too long" in refused(pieces(1025))
    with pytest.raises(AssertionError):
        list(decode_records(pieces(1024)))


def test_heads_are_measured_from_their_beginning() -> None:
    """However much of other records the same piece holds."""
    records = [BundledRecord(at, (Withheld(bytes(32)),) * 5) for at in range(30)]
    data = b"".join(map(encode_record, records))
    assert len(data) > 8 * 1024
    assert list(decode_records(cut(data, 3000))) == records


def test_a_record_of_more_than_256_mib_is_refused_before_it_is_read() -> None:
    """By the lengths of its parts together."""
    salt = b"0" * 32
    half = b"%b+%d" % (salt, 128 << 20)
    head = b"7 " + b" ".join([half, half, salt + b"+%d", D, D]) + b"\n"
    assert "within a record" in refused([head % 0])
    assert "record 7 would have more than" in refused([head % 1])


def test_a_record_that_goes_on_behind_its_end_is_refused() -> None:
    """Its last byte is a line feed."""
    record = encode_record(BundledRecord(0, (Shown(bytes(16), b"x"),) * 5))
    assert "does not end where it says" in refused([record[:-1] + b"x"])
    assert "within a line" in refused([record + b"1"])


def test_the_form_is_that_of_the_format() -> None:
    """Two lines, digests and salts in hexadecimal digits, lengths in decimal."""
    shown, withheld = Shown(b"\xab" * 16, b"xy\n"), Withheld(b"\xcd" * 32)
    record = BundledRecord(20, (withheld, withheld, Shown(bytes(16), b""), withheld, shown))
    told = b"=" + b"cd" * 32
    assert encode_record(record) == b"20 " + b" ".join(
        [told, told, b"00" * 16 + b"+0", told, b"ab" * 16 + b"+3\nxy\n\n"]
    )
