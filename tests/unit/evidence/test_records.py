"""What the rows of one file show: each index once within what the table says, whatever the table says."""

from __future__ import annotations

import tracemalloc
from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

from affidavit.evidence import records
from affidavit.evidence.records import Checked, check_rows
from affidavit.evidence.runs import Run, SourceRun, check_runs
from affidavit.formats.record.placing import Rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pytest


def leaf(index: int) -> bytes:
    """The leaf hash that the log has of a record."""
    return index.to_bytes(8, "big") * 4


def log(first: int, end: int) -> bytes:
    """The stored leaf hashes of a range."""
    return b"".join(map(leaf, range(first, end)))


class Sealed(NamedTuple):
    """Stands for the columns that are hashed: it has the hashes."""

    leaves: bytes


def _hashes(sealed: Any) -> bytes:
    assert isinstance(sealed, Sealed)
    return sealed.leaves


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
        self.queried: Any = 0
        self.facts = self.actor = self.target = self.columns = ()

    def __len__(self) -> int:
        return len(self.index)

    def only(self, rows: Sequence[int], /) -> Block:
        """No columns are doubted here."""
        raise AssertionError(rows)


def checked(blocks: Iterable[Block], *, first: int = 0, end: int, size: int = 1 << 40) -> Checked:
    """What the blocks show of a file that is said to have [first, end)."""
    return check_rows(
        "file",
        blocks,
        first=first,
        end=end,
        size=size,
        leaves=log,
        hashed=_hashes,
        doubted=lambda _: (),
    )


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
    assert check_runs(found.runs, 6) == ({"s": 6}, [])
    twice = checked([Block([0, 1, 2, 3]), Block([3, 4])], end=6)
    assert [each.code for each in check_runs(twice.runs, 5)[1]] == ["records-doubled", "seq-hole"]


def test_the_same_file_twice_in_the_table_is_told() -> None:
    """Two files with the same runs are records doubled, not a crash."""
    run = Run(0, 3, {"s": SourceRun(0, 3)})
    assert "records-doubled" in {each.code for each in check_runs([run, run], 3)[1]}
