"""What a manifest states of its records is what they are counted to be."""

from __future__ import annotations

from typing import Any

import pytest

from affidavit.core.errors import VerificationError
from affidavit.evidence.bundle.tally import Tally, time_of
from affidavit.formats.bundle.records import BundledRecord
from affidavit.formats.record.entry import Entry

T0 = 1_795_424_400_000_000


def entry(source: str, seq: int, at: int, *, kind: str = "event", mapper: str = "okta/1") -> Entry:
    """An entry that was received so many seconds after T0."""
    return Entry("00" * 32, 3002, kind, mapper, T0 + at * 1_000_000, "", seq, source)


def test_everything_is_counted() -> None:
    """Entries, those in the period, records; by source, kind and mapper; the first and the last time."""
    tally = Tally(lambda received_us: received_us >= T0)
    entries = [
        entry("b", 5, -1),
        entry("a", 0, 0, kind="key", mapper="affidavit/1"),
        entry("b", 6, 1),
        entry("b", 7, 2),
    ]
    for index, each in enumerate(entries, 10):
        tally.add_entry(index, each)
    for index, at, facts in (
        (10, 0, None),
        (11, 1, {"class_uid": 3002, "time": 1001}),
        (12, 2, {"class_uid": 3002}),
        (13, 3, {"class_uid": 3002, "time": 3000}),
    ):
        tally.add_record(entries[at], BundledRecord(index, ()), facts)
    assert (tally.period, tally.matching) == (3, 4)
    assert tally.stated() == {
        "counts": {"entries": 4, "in_period": 3, "matching": 4},
        "kinds": {"event": 3, "key": 1},
        "mappers": {"okta/1": 3, "affidavit/1": 1},
        "occurred": {"min": "1970-01-01T00:00:01.001000Z", "max": "1970-01-01T00:00:03.000000Z"},
        "received": {"min": "2026-11-23T08:59:59.000000Z", "max": "2026-11-23T09:00:02.000000Z"},
        "sources": [
            {"source": "a", "entries": 1, "matching": 1, "first_index": 11, "last_index": 11, "first_seq": 0,
             "last_seq": 0, "holes": 0},
            {"source": "b", "entries": 3, "matching": 3, "first_index": 10, "last_index": 13, "first_seq": 5,
             "last_seq": 7, "holes": 0},
        ],
    }  # fmt: skip


def test_nothing_is_counted_as_nothing() -> None:
    """No entry, no time."""
    none = {"max": None, "min": None}
    assert Tally(lambda _: True).stated() == {
        "counts": {"entries": 0, "in_period": 0, "matching": 0},
        "kinds": {}, "mappers": {}, "occurred": none, "received": none, "sources": [],
    }  # fmt: skip


@pytest.mark.parametrize("seq", [5, 7, 0])
def test_a_sequence_that_does_not_go_on_is_a_hole(seq: int) -> None:
    """Of one source; others do not matter."""
    tally = Tally(lambda _: True)
    tally.add_entry(0, entry("a", 5, 0))
    tally.add_entry(1, entry("b", 9, 0))
    with pytest.raises(VerificationError) as caught:
        tally.add_entry(2, entry("a", seq, 0))
    assert caught.value.code == "seq-hole"


@pytest.mark.parametrize("facts", [{"class_uid": 3003}, {}])
def test_facts_of_another_class_than_the_entry_are_refused(facts: dict[str, Any]) -> None:
    """The class that was sealed in the entry is that of the event."""
    tally = Tally(lambda _: True)
    tally.add_entry(0, entry("a", 0, 0))
    with pytest.raises(VerificationError) as caught:
        tally.add_record(entry("a", 0, 0), BundledRecord(0, ()), facts)
    assert caught.value.code == "class-differs"


def test_bounds_are_those_of_all_whatever_their_order() -> None:
    """The least may come in between, and so may the greatest."""
    tally = Tally(lambda _: True)
    for seq, at in enumerate((5, 9, 1, 7)):
        tally.add_entry(seq, entry("a", seq, at))
        tally.add_record(entry("a", seq, at), BundledRecord(seq, ()), None)
    assert tally.stated()["received"] == {
        "min": "2026-11-23T09:00:01.000000Z",
        "max": "2026-11-23T09:00:09.000000Z",
    }


def test_a_time_lies_between_1970_and_the_year_9999() -> None:
    """What is none is not counted."""
    last = 253_402_300_799_999
    assert [time_of({"time": at}) for at in (0, 1, last)] == [0, 1, last]
    for other in (-1, last + 1, True, 1.0, "1", None):
        assert time_of({"time": other}) is None
    assert time_of({}) is None
