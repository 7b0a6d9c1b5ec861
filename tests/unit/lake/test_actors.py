"""A search for an actor asks only the files, and in them the rows, that can hold the actor; the answer is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from affidavit.lake import actors
from affidavit.lake.actors import actors_of
from affidavit.lake.compile import TRUE
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
        predicate = All((Matches("actor", Pattern(pieces)), Not(Matches("source", Pattern(("ci",))))))
        found = filled.select(Selection(predicate=predicate), limit=500)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("affidavit.lake.select.actors_of", lambda _: ())
            assert filled.select(Selection(predicate=predicate), limit=500) == found, pieces


def test_files_without_the_actor_are_not_asked(filled: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who is in no file costs no query at all; one who is, is asked for by equal values."""
    engine, names = filled._engine, [file.name for file in filled.snapshot().files]
    assert engine.actors.narrowed(names, [NOBODY.pattern]) == ([], TRUE)
    left, condition = engine.actors.narrowed(names, [ALICE.pattern])
    assert set(left) == set(names)
    assert condition.parameters == ("\nu-alice\nalice\nalice@example.com\n",)
    monkeypatch.setattr(engine, "ask", None)
    assert filled.select(Selection(predicate=All((ALICE, NOBODY))), limit=5) == ([], None)


def test_only_what_must_hold_counts() -> None:
    """An actor that may be another, or must not be, narrows nothing."""
    assert actors_of(ALICE) == actors_of(All((ALICE,))) == (ALICE.pattern,)
    assert actors_of(Some((ALICE, NOBODY))) == actors_of(Not(ALICE)) == ()
    assert actors_of(All((Not(ALICE), Matches("source", Pattern(("alice",)))))) == ()
