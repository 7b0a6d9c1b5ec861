"""What the rows of one file show: each index once within what the table says, whatever the table says."""

from __future__ import annotations

import tracemalloc
from array import array
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from affidavit.core.errors import RecordError
from affidavit.evidence import records
from affidavit.evidence.records import Checked, check_rows
from affidavit.evidence.report import Difference
from affidavit.evidence.runs import Run, SourceRun, check_runs
from affidavit.evidence.times import Times
from affidavit.formats.record.columns import derive
from affidavit.formats.record.placing import Rows
from affidavit.formats.record.queried import Examined
from affidavit.formats.record.strings import Strings
from affidavit.lake.compaction import TARGET_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def leaf(index: int) -> bytes:
    """The leaf hash that the log has of a record."""
    return index.to_bytes(8, "big") * 4


def log(first: int, end: int) -> bytes:
    """The stored leaf hashes of a range."""
    return b"".join(map(leaf, range(first, end)))


class Sealed(NamedTuple):
    """Stands for the columns that are hashed: it has the hashes."""

    leaves: bytes


def examined(sealed: Any, queried: Any) -> Iterator[Examined]:
    """Two rows at a time; `queried` stands for those that are in doubt."""
    assert isinstance(sealed, Sealed)
    count = len(sealed.leaves) // 32
    for first in range(0, count, 2):
        rows = range(first, min(count, first + 2))
        parts = Strings.of([str(at).encode() for at in rows])
        doubts = [at - first for at in rows if at in queried]
        yield Examined(parts, sealed.leaves[32 * first : 32 * rows.stop], doubts)


class Block:
    """Rows of given indexes; the leaf of an index that is negative is not what the log has of the positive one."""

    def __init__(self, indexes: Sequence[int], *, sources: Sequence[str] = ("s",), seqs: Any = None) -> None:
        self.index = indexes
        of = list(dict.fromkeys(sources))
        self.rows = Rows(
            count=len(indexes),
            index=array("q", indexes),
            seq=array("q", indexes if seqs is None else seqs),
            received_us=array("q", indexes),
            sealed_us=array("q", indexes),
            source=array("i", [of.index(sources[at % len(sources)]) for at in range(len(indexes))]),
            sources=of,
        )
        self.sealed: Any = Sealed(b"".join(leaf(max(0, index)) for index in indexes))
        self.queried: Any = ()
        self.facts = self.actor = self.target = self.columns = ()

    def __len__(self) -> int:
        return len(self.index)

    def only(self, rows: Sequence[int], parts: Sequence[bytes], /) -> Block:
        """No columns are doubted here."""
        raise AssertionError(rows, parts)


def checked(blocks: Iterable[Block], *, first: int = 0, end: int, size: int = 1 << 40) -> Checked:
    """What the blocks show of a file that is said to have [first, end)."""
    return check_rows(
        "file",
        blocks,
        first=first,
        end=end,
        size=size,
        leaves=log,
        examined=examined,
    )


def test_the_times_of_rows_are_noted_in_the_order_of_the_log() -> None:
    """Each between the kept checkpoints that it lies between; a column that lacks some is refused."""
    times = Times([2, 4])
    block = Block([3, 5, 0, 4, 1])
    check_rows("file", [block], first=0, end=6, size=6, leaves=log, examined=examined, times=times)
    assert {at: (span.first_received, span.latest_at) for at, span in times.spans.items()} == {
        0: (0, 1),
        1: (3, 3),
        2: (4, 5),
    }
    block.rows = replace(block.rows, sealed_us=array("q", [0] * 4))
    with pytest.raises(RecordError):
        check_rows("file", [block], first=0, end=6, size=6, leaves=log, examined=examined, times=times)


def told(found: Checked) -> list[tuple[str, str]]:
    """The differences without their words."""
    return [(each.code, each.where) for each in found.differences]


def test_a_range_that_the_table_makes_up_costs_no_memory() -> None:
    """Metadata is not signed: a file of two rows that is said to hold 2^62 indexes is checked by its two rows."""
    tracemalloc.start()
    try:
        found = checked([Block([7, 1 << 39])], first=-(1 << 61), end=1 << 62)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 1 << 20
    assert (found.records, found.differences) == (2, [])
    assert [(run.first, run.end) for run in found.runs] == [(7, 8), (1 << 39, (1 << 39) + 1)]
    sources, missing = check_runs(found.runs, 10)
    assert sources == {"s": (1 << 39) + 1}
    assert missing[0].code == "records-missing"


def test_rows_of_any_order_are_one_run() -> None:
    """Compaction sorts by something else than the log; every leaf is still held against its own place."""
    found = checked([Block([3, 5, 4]), Block([0, 2, 1])], end=6)
    assert (found.records, found.differences) == (6, [])
    assert found.runs == [Run(0, 6, {"s": SourceRun(0, 6)})]


def test_sources_that_blocks_name_in_another_order_keep_their_sequences() -> None:
    """Each block has its own list of sources."""
    blocks = [
        Block([0, 1], sources=("a", "b"), seqs=[4, 0]),
        Block([2, 3], sources=("b", "a"), seqs=[1, 5]),
    ]
    found = checked(blocks, end=4)
    assert found.differences == []
    assert found.runs == [Run(0, 4, {"a": SourceRun(4, 2), "b": SourceRun(0, 2)})]


def test_outside_twice_and_changed_rows_are_told_with_their_index() -> None:
    """One difference a row, at its index; the others are counted as checked."""
    found = checked([Block([0, 1, 1, 2, 9, -4])], end=3)
    assert sorted(told(found)) == [
        ("index-outside", "file record -4"),
        ("index-outside", "file record 9"),
        ("index-twice", "file record 1"),
    ]
    assert found.records == 3
    block = Block([4, 5, 6])
    block.sealed = Sealed(leaf(4) + leaf(9) + leaf(6))
    assert told(checked([block], end=10)) == [("leaf-differs", "file record 5")]


def test_a_seq_that_is_left_out_is_told_where_it_is_missed() -> None:
    """Within a run of indexes a source's seq grows by one."""
    found = checked([Block([0, 1, 2], seqs=[0, 1, 3])], end=3)
    assert told(found) == [("seq-hole", "file record 2")]
    assert found.runs == [Run(0, 3, {"s": SourceRun(1, 3)})]


def test_rows_beyond_the_checkpoint_are_counted_apart() -> None:
    """They are being sealed, so no leaf is asked for."""
    found = checked([Block(range(10))], end=10, size=6)
    assert (found.records, found.unsealed, found.differences) == (6, 4, [])
    assert found.runs == [Run(0, 6, {"s": SourceRun(0, 6)})]


def test_a_hundred_are_named_and_all_are_counted() -> None:
    """A file that is wrong throughout does not fill the report, and the report says how much is wrong."""
    found = checked([Block(range(1000, 2000))], end=10)
    assert len(found.differences) == 101
    assert found.differences[-1].what == "1000 records in all"


def test_a_file_larger_than_what_is_held_at_once_is_checked_in_shares(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever is doubled or missing between the shares is found where all files' runs are put together."""
    monkeypatch.setattr(records, "ROWS_AT_ONCE", 4)
    found = checked([Block([0, 5]), Block([2, 1]), Block([4, 3])], end=6)
    assert (found.records, found.differences) == (6, [])
    assert [(run.first, run.end) for run in found.runs] == [(0, 3), (5, 6), (3, 5)]
    assert [(run.first, run.end) for run in checked([Block([0, 2, 1]), Block([5, 4, 3])], end=6).runs] == [
        (0, 6)
    ]
    assert check_runs(found.runs, 6) == ({"s": 6}, [])
    twice = checked([Block([0, 1, 2, 3]), Block([3, 4])], end=6)
    assert [each.code for each in check_runs(twice.runs, 5)[1]] == ["records-doubled", "seq-hole"]


def test_the_same_file_twice_in_the_table_is_told() -> None:
    """Two files with the same runs are records doubled, not a crash."""
    run = Run(0, 3, {"s": SourceRun(0, 3)})
    assert "records-doubled" in {each.code for each in check_runs([run, run], 3)[1]}


def test_two_files_of_compaction_are_held_at_once() -> None:
    """Memory does not grow with what a file is made to hold."""
    assert records.ROWS_AT_ONCE == 2 * TARGET_ROWS


@pytest.mark.parametrize(("wrong", "named", "last"), [(100, 100, "file"), (101, 101, "101 records in all")])
def test_the_hundredth_is_still_named(wrong: int, named: int, last: str) -> None:
    """What is beyond a hundred is counted; of each kind by itself."""
    found = checked([Block([0, 1, 1, *range(1000, 1000 + wrong)])], end=10)
    outside = [each for each in found.differences if each.code == "index-outside"]
    assert len(outside) == named
    assert (outside[-1].where == "file") == (last != "file")
    assert ("index-twice", "file record 1") in told(found)
    if wrong > 100:
        assert found.differences[-1] == Difference("index-outside", "file", last)


def test_what_is_different_is_told_in_words() -> None:
    """So that somebody who reads them knows what to look for."""
    block = Block([0, 1, 1, 9], seqs=[0, 5, 5, 6])
    block.sealed = Sealed(leaf(0) + leaf(7) + leaf(1) + leaf(9))
    assert checked([block], end=3).differences == [
        Difference("index-outside", "file record 9", "lies outside the file's stated range"),
        Difference(
            "leaf-differs", "file record 1", "parts, salt or entry are not what the log's leaf commits to"
        ),
        Difference("seq-hole", "file record 1", "source s goes from seq 0 to 5"),
        Difference("index-twice", "file record 1", "is there more than once"),
    ]


def test_records_of_a_range_that_does_not_begin_the_log_are_held_against_their_own_leaves() -> None:
    """Whatever is missing among them."""
    found = checked([Block([10, 11, 14, 15, 16])], first=10, end=17)
    assert (found.records, found.differences) == (5, [])
    assert [(run.first, run.end) for run in found.runs] == [(10, 12), (14, 17)]
    block = Block([10, 11, 14, 15, 16])
    block.sealed = Sealed(leaf(10) + leaf(11) + leaf(14) + leaf(15) + leaf(17))
    assert told(checked([block], first=10, end=17)) == [("leaf-differs", "file record 16")]


def test_a_range_before_which_rows_stand_is_told() -> None:
    """The first that lies in it does, the one before does not."""
    found = checked([Block([9, 10])], first=10, end=11)
    assert told(found) == [("index-outside", "file record 9")]
    assert found.records == 1
    found = checked([Block([9, 10])], first=12, end=5)
    assert sorted(told(found)) == [("index-outside", "file record 10"), ("index-outside", "file record 9")]
    assert (found.records, found.runs) == (0, [])


def test_of_an_index_that_comes_thrice_two_are_told() -> None:
    """Sealed or not."""
    for size in (1 << 40, 0):
        found = checked([Block([0, 1, 1, 1, 2])], end=3, size=size)
        assert told(found) == [("index-twice", "file record 1")] * 2
        assert found.records + found.unsealed == 3


def test_a_source_that_is_not_among_the_rows_of_a_run_has_none() -> None:
    """Each run says of each source only what it holds."""
    found = checked([Block([0, 1, 5, 6], sources=("a", "a", "b", "b"), seqs=[3, 4, 0, 1])], end=9)
    assert found.runs == [Run(0, 2, {"a": SourceRun(3, 2)}), Run(5, 7, {"b": SourceRun(0, 2)})]


def test_numbers_of_several_sources_are_looked_at_one_by_one_where_one_leaps() -> None:
    """The others are as they were; back and forth."""
    block = Block(range(6), sources=("a", "b"), seqs=[0, 7, 1, 9, 2, 8])
    found = checked([block], end=6)
    assert [(each.where, each.what) for each in found.differences] == [
        ("file record 3", "source b goes from seq 7 to 9"),
        ("file record 5", "source b goes from seq 9 to 8"),
    ]
    assert found.runs == [Run(0, 6, {"a": SourceRun(0, 3), "b": SourceRun(6, 3)})]


FACTS = b'{"class_uid":3002,"activity_id":1,"type_uid":300201,"severity_id":1,"time":5,"status_id":1}'


class Parts(Block):
    """Rows with parts and query columns; those whose number is in `wrong` have another column."""

    def __init__(self, facts: Sequence[bytes], *, wrong: Sequence[int] = (), doubts: Any = None) -> None:
        super().__init__(range(len(facts)))
        self.facts = list(facts)  # type: ignore[assignment]
        self.actor = self.target = [b""] * len(facts)  # type: ignore[assignment]
        right = derive(FACTS, b"", b"")
        self.columns = [  # type: ignore[assignment]
            right._replace(outcome="x", actor_uid="y") if at in wrong else right for at in range(len(facts))
        ]
        self.queried = range(len(facts)) if doubts is None else doubts
        self.asked: list[int] = []

    def only(self, rows: Sequence[int], parts: Sequence[bytes], /) -> Block:
        """A copy with these rows."""
        assert [str(at).encode() for at in rows] == list(parts)
        self.asked += rows
        other = Parts([self.facts[at] for at in rows])
        other.index = [self.index[at] for at in rows]
        other.columns = [self.columns[at] for at in rows]  # type: ignore[assignment]
        return other


def columns(block: Parts) -> list[tuple[str, str]]:
    """What is told of the query columns."""
    found = check_rows(
        "file",
        [block],
        first=0,
        end=9,
        size=9,
        leaves=log,
        examined=examined,
    )
    assert {each.code for each in found.differences} <= {"column-differs"}
    return [(each.where, each.what) for each in found.differences]


DIFFERS = "query columns differ from the parts: outcome, actor_uid"


def test_query_columns_have_to_follow_from_the_parts() -> None:
    """Or search would not find what is there: each by its name."""
    assert columns(Parts([FACTS] * 3)) == []
    assert columns(Parts([FACTS] * 3, wrong=[1])) == [("file record 1", DIFFERS)]


def test_parts_that_no_columns_follow_from_are_told() -> None:
    """Why, and what else differs beside them."""
    told = columns(Parts([FACTS, b"{", FACTS], wrong=[2]))
    assert [where for where, _ in told] == ["file record 1", "file record 2"]
    assert "cannot be derived" in told[0][1]
    assert told[1][1] == DIFFERS


def test_only_what_is_doubted_is_derived_again() -> None:
    """None where nobody doubts any; with the parts of those that are."""
    for doubts, asked, told in (
        (range(3), [0, 1, 2], ["file record 0", "file record 2"]),
        ((), [], []),
        ((1, 2), [1, 2], ["file record 2"]),
        ((1,), [1], []),
    ):
        block = Parts([FACTS] * 3, wrong=[0, 2], doubts=doubts)
        assert [where for where, _ in columns(block)] == told
        assert block.asked == asked
