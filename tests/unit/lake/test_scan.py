"""Free text by going through the originals: the same answers however it is done, at any order, limit and span."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from affidavit.core.errors import StorageError, VerificationError
from affidavit.lake import scan, select
from affidavit.lake.predicate import All, HasText, IsClass, Matches, Not, Pattern, Predicate
from affidavit.lake.scan import Scanner, words
from affidavit.lake.select import Selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from affidavit.lake.lake import Lake
    from affidavit.storage.local import LocalStore

COUNT = 150
RAW = (
    b'{"Word":"Needle"}', b"NEEDLE needle", b"", b"\n", b"need\nle", b"caf\xc3\xa9 K \xe2\x84\xaa", b"aXb aXb",
    b"nee", b"dle", b"\x00", b"{\n}", b"needl", b"x" * 5000 + b"Needle",
)  # fmt: skip
FRAGMENTS = (
    "needle",
    "NEED",
    "le",
    "\n",
    "x",
    "a",
    "b",
    "k",
    "{",
    "}",
    "class_uid",
    "alice",
    "\0",
    "zz",
    '"',
    "e",
)
pieces = st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=2).map("".join)
patterns = st.one_of(
    pieces.map(lambda piece: Pattern((piece,))),
    st.tuples(pieces, st.one_of(st.just(""), pieces), pieces).map(Pattern),
    pieces.map(lambda piece: Pattern(("", piece, ""))),
)
others: st.SearchStrategy[Predicate] = st.one_of(
    st.just(Matches("actor", Pattern(("alice",)))),
    st.just(Not(Matches("source", Pattern(("ci",))))),
    st.just(IsClass((3002,))),
    st.just(IsClass(())),
)
asked = st.builds(
    lambda text, rest: All((*map(HasText, text), *rest)),
    st.lists(patterns, min_size=1, max_size=3),
    st.lists(others, max_size=2),
)


@pytest.fixture(params=["segments", "compacted"])
def filled(request: pytest.FixtureRequest, lake: Lake, records: Any) -> Lake:
    """A lake with originals that nearly hold the words."""
    for first in range(0, COUNT, 30):
        segment = records.segment(first, 30)
        raw = [RAW[(first + at) % len(RAW)] if at % 2 else kept for at, kept in enumerate(segment.raw)]
        lake.append(replace(segment, raw=raw))
    if request.param == "compacted":
        lake.compact(min_files=2)
    return lake


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    predicate=asked,
    limit=st.sampled_from([1, 3, 40, 1000]),
    back_s=st.integers(0, 60),
    below=st.sampled_from([None, 0, 70]),
)
def test_the_same_as_evaluated(
    filled: Lake, predicate: All, limit: int, back_s: int, below: int | None
) -> None:
    """Every page, row for row, whatever else is asked and however small the page."""
    newest = max(file.max_time_us for file in filled.snapshot().files)
    selection = Selection(predicate=predicate, since_us=newest - back_s * 1_000_000, below_index=below)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(select, "_CANDIDATES", 0)
        patch.setattr(
            scan, "WORTH_ROWS", 1
        )  # what the first question has read decides what the next ones read
        scanned = filled.select(selection, limit=limit)
        after = scanned.next
        behind = filled.select(selection, limit=limit, after=after) if after else None
        patch.setattr(scan, "words", lambda _: ())
        assert filled.select(selection, limit=limit) == scanned
        if behind is not None:
            assert filled.select(selection, limit=limit, after=after) == behind


@pytest.mark.parametrize(
    "predicate",
    [
        HasText(Pattern(("café",))),
        HasText(Pattern(("",))),
        Not(HasText(Pattern(("needle",)))),
    ],
)
def test_everything_else_is_evaluated(predicate: Predicate) -> None:
    """Letters beyond ASCII, whose cases Unicode tells, and words that must not be there."""
    assert words(All((HasText(Pattern(("needle",))), predicate))) == ()


def test_what_was_read_is_not_read_again_for_a_word_it_cannot_hold(
    filled: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other words that are nowhere cost nothing; one that is there is found as before."""
    monkeypatch.setattr(scan, "WORTH_ROWS", 1)

    def found(word: str) -> list[int]:
        page = filled.select(Selection(predicate=HasText(Pattern((word,)))), limit=1000)
        return [row.index for row in page.rows]

    there = found("needle")
    assert there
    read: list[str] = []
    look = Scanner._look

    def looked(scanner: Scanner, stretch: Any, *given: Any) -> None:
        read.append(stretch.file)
        look(scanner, stretch, *given)

    monkeypatch.setattr(Scanner, "_look", looked)
    assert not found("nothing-holds-this-word")
    assert not read
    assert found("NEEDLE") == there
    assert read


def test_damage_is_told(filled: Lake, store: LocalStore, open_lake: Callable[..., Lake]) -> None:
    """A file that was altered or taken away is named; it is never passed over."""
    selection = Selection(predicate=HasText(Pattern(("nothing holds this",))))
    assert filled.select(selection, limit=5) == ([], None)
    file = filled.snapshot().files[0].name
    content = store.read(file)
    altered = bytearray(content)
    altered[len(content) // 3] ^= 1
    store.put(file, bytes(altered))
    with pytest.raises(VerificationError, match=file):
        open_lake().select(selection, limit=5)
    store.delete(file)
    with pytest.raises(StorageError, match=file):
        open_lake().select(selection, limit=5)
