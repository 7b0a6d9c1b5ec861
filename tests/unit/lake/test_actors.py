"""A search for an actor asks only the files, and in them the rows, that can hold the actor; the answer is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from affidavit.lake import actors
from affidavit.lake.actors import ActorIndex
from affidavit.lake.predicate import All, Matches, Not, Pattern
from affidavit.lake.predicate import Any as Some
from affidavit.lake.select import Selection

if TYPE_CHECKING:
    from affidavit.lake.lake import Lake

ALICE = Matches("actor", Pattern(("Alice@example.com",)))
NOBODY = Matches("actor", Pattern(("nobody@example.com",)))
PATTERNS = (
    ("alice",), ("U-Bob",), ("alic",), ("",), ("al", ""), ("", "@example.com"), ("", ""), ("d", "v", "%_"),
    ("zoë", ""), ("zo\n", ""), ("a.", ""), ("u-alice", "alice"),
)  # fmt: skip


@pytest.fixture
def filled(lake: Lake, records: Any) -> Lake:
    """Compacted and new files."""
    for first in range(0, 90, 30):
        lake.append(records.segment(first, 30))
    lake.compact(min_files=3)
    lake.append(records.segment(90, 30))
    return lake


@pytest.mark.parametrize("limits", [{}, {"_MAX_VALUES": 1}, {"_MAX_ASKED": 1}, {"_MAX_BYTES": 300}])
def test_the_same_records(filled: Lake, monkeypatch: pytest.MonkeyPatch, limits: dict[str, int]) -> None:
    """With what is remembered of files, with too little room for it, and without it."""
    for name, limit in limits.items():
        monkeypatch.setattr(actors, name, limit)
    for pieces in PATTERNS:
        who = Matches("actor", Pattern(pieces))
        for terms in ((who,), (who, ALICE), (Not(who),), (Some((who, ALICE)), Not(NOBODY))):
            predicate = All((*terms, Not(Matches("source", Pattern(("ci",))))))
            found = filled.select(Selection(predicate=predicate), limit=500)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(ActorIndex, "narrowed", lambda _, names, __: ([], names))
                assert filled.select(Selection(predicate=predicate), limit=500) == found, pieces


def test_only_rows_of_the_actor_are_asked(filled: Lake) -> None:
    """Of each file those, wherever they lie in it, and no others; none of somebody who is in no file."""
    engine, names = filled._engine, [file.name for file in filled.snapshot().files]
    assert engine.actors.narrowed(names, NOBODY) == ([], [])
    stretches, unknown = engine.actors.narrowed(names, ALICE)
    assert {stretch.file for stretch in stretches} == set(names)
    assert unknown == []
    indexes = [index for stretch in stretches for index in engine.columns.of(stretch, "index").to_pylist()]
    found = filled.select(Selection(predicate=ALICE), limit=500).rows
    assert sorted(indexes) == sorted(row.index for row in found)
    assert found


def test_what_is_remembered_is_not_read_again(filled: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second question about somebody opens no file for anything but the originals that it shows."""
    predicate = All((ALICE, Not(Matches("source", Pattern(("ci",))))))
    found = filled.select(Selection(predicate=predicate), limit=500)
    monkeypatch.setattr(filled._engine.columns, "_read", None)
    assert filled.select(Selection(predicate=predicate), limit=500) == found
    assert filled.select(Selection(predicate=All((ALICE, NOBODY))), limit=5) == ([], None)


def test_too_little_room_is_enough(lake: Lake, records: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no column can be kept they are read each time."""
    lake.append(records.segment(0, 30))
    monkeypatch.setattr(lake._engine.columns, "_memory_bytes", 0)
    found = [lake.select(Selection(predicate=ALICE), limit=500) for _ in range(2)]
    assert found[0] == found[1] != ([], None)


def test_many_rows_are_asked_some_at_a_time(filled: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same records, and each once."""
    found = filled.select(Selection(predicate=ALICE), limit=500)
    monkeypatch.setattr("affidavit.lake.select._ROWS_AT_ONCE", 2)
    assert filled.select(Selection(predicate=ALICE), limit=500) == found


def test_large_files_are_shown_as_small_ones_are(filled: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether their columns are kept whole or not."""
    found = filled.select(Selection(predicate=ALICE), limit=500)
    monkeypatch.setattr("affidavit.lake.fetch._SMALL_GROUPS", 0)
    filled._engine.fetcher._narrow.cache_clear()
    assert filled.select(Selection(predicate=ALICE), limit=500) == found
