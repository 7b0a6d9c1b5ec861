"""A search finds exactly what its predicate says: it agrees with a slow reading of the same words."""

from __future__ import annotations

import re
import tempfile
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from affidavit.lake.predicate import (
    EVERYTHING,
    All,
    HasIp,
    HasText,
    InNetwork,
    IsClass,
    Matches,
    Not,
    Pattern,
    Predicate,
)
from affidavit.lake.predicate import Any as Some
from affidavit.lake.segment import Found
from affidavit.lake.select import Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from affidavit.lake.lake import Lake
    from affidavit.lake.segment import Row

COUNT = 180


def fits(predicate: Predicate, row: Row) -> bool:
    """The reference: what a predicate means, from the parts alone."""
    facts = msgspec.json.decode(row.facts)
    actor = msgspec.json.decode(row.actor) if row.actor else {}
    target = msgspec.json.decode(row.target) if row.target else {}
    ip = actor.get("src_endpoint", {}).get("ip", "")
    match predicate:
        case All(terms):
            return all(fits(term, row) for term in terms)
        case Some(terms):
            return any(fits(term, row) for term in terms)
        case Not(term):
            return not fits(term, row)
        case IsClass(uids):
            return row.class_uid in uids
        case InNetwork(first, last):
            if not ip:
                return False
            address = ip_address(ip)
            number = int(address) + (0xFFFF << 32 if address.version == 4 else 0)
            return int(first, 16) <= number <= int(last, 16)
        case HasIp(pattern):
            return whole(pattern, ip)
        case HasText(pattern):
            text = (row.raw or row.facts).decode()
            return (
                re.search(".*".join(map(re.escape, pattern.pieces)), text, re.IGNORECASE | re.DOTALL)
                is not None
            )
        case Matches("actor", pattern):
            user = actor.get("actor", {}).get("user", {})
            return any(whole(pattern, name) for name in user.values())
        case Matches("resource", pattern):
            names = [name for thing in target.get("resources", ()) for name in thing.values()]
            return any(whole(pattern, name.replace("\n", " ")) for name in names)
        case Matches("action", pattern):
            return whole(pattern, facts["metadata"]["event_code"])
        case Matches("outcome", pattern):
            words = {1: "success", 2: "failure", 0: "unknown"}
            return whole(pattern, words.get(facts["status_id"], "other"))
        case Matches(field, pattern):
            return whole(pattern, getattr(row, field))


def whole(pattern: Pattern, value: str) -> bool:
    """The whole value fits; a line feed in a name was stored as a space."""
    wanted = ".*".join(re.escape(piece.replace("\n", " ").lower()) for piece in pattern.pieces)
    return re.fullmatch(wanted, value.lower(), re.DOTALL) is not None


WORDS = [
    *("alice", "ALICE@example.com", "u-bob", "zoë ångström", "dave%_", "Payroll", "100%_done", "a b", "a\nb"),
    *("r-wiki", "user.login", "user.logout", "a%b", "success", "okta-prod", "ci", "event", "gap", "10.1.2.3"),
    *("", "%", "_", ".", "needle.42", "hay", "NAÏVE", '"who":"bob"', "42", "4", "e", "\\", "'", '"', ";", "\n"),
    *("\0", "*", "(", "\u017f"),
]  # fmt: skip
words = st.sampled_from(WORDS)
patterns = st.one_of(
    words.filter(bool).map(lambda word: Pattern((word,))),
    st.tuples(words, words).map(Pattern),
    st.tuples(words, words, words).map(Pattern),
)
terms: st.SearchStrategy[Predicate] = st.one_of(
    st.builds(
        Matches,
        st.sampled_from(["actor", "action", "resource", "outcome", "source", "kind"]),
        patterns,
    ),
    st.builds(HasText, patterns),
    st.builds(HasIp, patterns),
    st.builds(IsClass, st.lists(st.sampled_from([3001, 3002, 6003, 9]), max_size=2).map(tuple)),
    st.just(InNetwork(f"{0xFFFF0A000000:032x}", f"{0xFFFF0AFFFFFF:032x}")),
    st.just(InNetwork("0" * 32, "f" * 32)),
)
predicates = st.recursive(
    terms,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, max_size=3).map(lambda found: All(tuple(found))),
        st.lists(inner, max_size=3).map(lambda found: Some(tuple(found))),
    ),
    max_leaves=5,
)


@pytest.fixture(params=["segments", "compacted"])
def filled(request: pytest.FixtureRequest, lake: Lake, records: Any) -> Lake:
    """A lake of some segments, as they are or compacted."""
    for first in range(0, COUNT, 60):
        lake.append(records.segment(first, 60))
    if request.param == "compacted":
        assert lake.compact(min_files=2) == 3
    return lake


def newest_first(rows: list[Row]) -> list[Row]:
    """The order of results."""
    return sorted(rows, key=lambda row: (row.time_us, row.index), reverse=True)


def shown(rows: list[Row]) -> list[Found]:
    """What a search shows of these, in its order."""
    return [
        Found(**{name: getattr(row, name) for name in Found.__struct_fields__}) for row in newest_first(rows)
    ]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(predicate=predicates, limit=st.sampled_from([1, 7, 500]))
def test_a_query_means_what_the_words_mean(filled: Lake, predicate: Predicate, limit: int) -> None:
    """For any predicate, however hostile its values, found = what the reference finds, newest first."""
    everything = filled.rows(0, COUNT)
    expected = shown([row for row in everything if fits(predicate, row)])
    page = filled.select(Selection(predicate=predicate), limit=limit)
    assert page.rows == expected[:limit]
    assert (page.next is None) == (len(expected) <= limit)


@pytest.mark.parametrize(
    "predicate", [EVERYTHING, Matches("source", Pattern(("ci",))), HasText(Pattern(("4",)))]
)
@pytest.mark.parametrize("limit", [1, 17, 180, 1000])
def test_pages_give_everything_once(filled: Lake, predicate: Predicate, limit: int) -> None:
    """Following the cursor shows each record exactly once, equal times notwithstanding; so does a stream."""
    expected = shown([row for row in filled.rows(0, COUNT) if fits(predicate, row)])
    found: list[Found] = []
    after = None
    while True:
        page = filled.select(Selection(predicate=predicate), limit=limit, after=after)
        found += page.rows
        after = page.next
        if after is None:
            break
        if limit == 1 and len(found) > 30:
            expected = expected[: len(found)]
            break
    assert found == expected
    if limit > 1:
        assert list(filled.stream(Selection(predicate=predicate))) == expected


def test_bounds_of_time_and_index(filled: Lake) -> None:
    """From `since` on, before `until`, below the size of the checkpoint."""
    rows = newest_first(filled.rows(0, COUNT))
    since, until = rows[120].time_us, rows[30].time_us
    found = filled.select(Selection(since_us=since, until_us=until, below_index=100), limit=999)
    assert found.rows == shown([row for row in rows if since <= row.time_us < until and row.index < 100])
    assert found.rows
    assert not filled.select(Selection(since_us=until, until_us=since), limit=9).rows
    assert not filled.select(Selection(below_index=0), limit=9).rows


def test_files_that_cannot_matter_are_not_read(
    lake: Lake, records: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of the newest records reads none of the older files' rows."""
    monkeypatch.setattr("affidavit.lake.select._FIRST_GROUP_ROWS", 20)
    for first in range(0, 200, 20):
        lake.append(records.segment(first, 20))
    seen: list[str] = []
    columns = lake._engine.columns
    read = columns.whole

    def listening(name: str) -> Any:
        seen.append(name)
        return read(name)

    monkeypatch.setattr(columns, "whole", listening)
    late = max(lake.snapshot().files, key=lambda file: file.max_time_us)
    page = lake.select(Selection(), limit=1)
    everything = lake.rows(0, 200)
    assert page.rows == shown(everything)[:1]
    assert newest_first(everything)[0].time_us == late.max_time_us
    assert seen[0] == late.name
    assert len(seen) < 10


def test_text_where_few_rows_are_left(filled: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading originals row by row or all in one sweep gives the same."""
    predicate = All((Matches("actor", Pattern(("alice",))), HasText(Pattern(("needle",)))))
    expected = shown([row for row in filled.rows(0, COUNT) if fits(predicate, row)])
    assert expected
    for few in (0, 1, 4096):
        monkeypatch.setattr("affidavit.lake.select._CANDIDATES", few)
        assert filled.select(Selection(predicate=predicate), limit=999).rows == expected


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder outside the lake."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM glob('/etc/*')",
        "COPY (SELECT 1) TO '{scratch}/out.csv'",
        "ATTACH '{scratch}/other.db'",
        "SET enable_external_access = true",
        "SET threads = 64",
        "INSTALL httpfs",
        "LOAD httpfs",
    ],
)
def test_the_engine_sees_nothing_else(lake: Lake, sql: str, scratch: Path) -> None:
    """Even if somebody got a statement in: no file of the machine, no setting, no extension."""
    from affidavit.core.errors import StorageError

    engine = lake._engine
    with pytest.raises(StorageError), engine.ask(sql.replace("{scratch}", str(scratch)), []) as answer:
        answer.fetchall()
    assert not list(scratch.iterdir())


def test_two_threads_may_ask(filled: Lake) -> None:
    """Answers to questions asked at once are those of questions asked in turn."""
    from concurrent.futures import ThreadPoolExecutor

    def ask(name: str) -> list[Found]:
        return filled.select(Selection(predicate=Matches("actor", Pattern((name,)))), limit=999).rows

    names = ["alice", "bob", "dave%_", "nobody"] * 5
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, names)) == list(map(ask, names))


def test_a_lake_without_records_answers(open_lake: Callable[..., Lake]) -> None:
    """Nothing found is an empty page."""
    lake = open_lake()
    assert lake.select(Selection(predicate=HasText(Pattern(("x",)))), limit=10) == ([], None)
    assert list(lake.stream(Selection())) == []
    assert lake.truncate(0) == 0
    assert lake.compact() == 0
