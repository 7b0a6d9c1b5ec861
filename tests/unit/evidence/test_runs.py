"""All files together hold each record once, and each source's numbers from 0 without a hole."""

from __future__ import annotations

from affidavit.evidence.report import Difference
from affidavit.evidence.runs import Run, SourceRun, check_runs


def run(first: int, end: int, **sources: tuple[int, int]) -> Run:
    """Indexes of a file, and of each source its first number and how many."""
    return Run(first, end, {name: SourceRun(*held) for name, held in sources.items()})


def test_runs_of_any_order_that_fit_are_whole() -> None:
    """Returned is how many records each source has."""
    runs = [run(5, 9, a=(3, 4)), run(0, 3, a=(0, 3)), run(3, 5, b=(0, 2))]
    assert check_runs(runs, 9) == ({"a": 7, "b": 2}, [])
    assert check_runs([], 0) == ({}, [])


def test_records_that_are_missing_are_told() -> None:
    """Before, between and behind the files, by the first and the last."""
    runs = [run(2, 3, a=(0, 1)), run(5, 6, a=(1, 1))]
    assert check_runs(runs, 9)[1] == [
        Difference("records-missing", "records 0 to 1", "are in no file of the lake"),
        Difference("records-missing", "records 3 to 4", "are in no file of the lake"),
        Difference("records-missing", "records 6 to 8", "are in no file of the lake"),
    ]
    assert check_runs([], 1)[1] == [
        Difference("records-missing", "records 0 to 0", "are in no file of the lake")
    ]
    assert check_runs([run(0, 1, a=(0, 1))], 1)[1] == []


def test_records_that_are_doubled_are_told() -> None:
    """As far as two files share them; one within another hides nothing behind it."""
    runs = [run(0, 10, a=(0, 10)), run(4, 6, b=(0, 2)), run(8, 12, c=(0, 4))]
    assert check_runs(runs, 12)[1] == [
        Difference("records-doubled", "records 4 to 5", "are in two files"),
        Difference("records-doubled", "records 8 to 9", "are in two files"),
    ]


def test_numbers_of_a_source_that_do_not_go_on_are_told() -> None:
    """Its first is 0; each file goes on where the one before ended; what comes again does not count twice."""
    assert check_runs([run(0, 2, a=(1, 2))], 2) == (
        {"a": 3},
        [Difference("seq-hole", "source a, records 0 to 1", "seq 0 was expected and 1 found")],
    )
    runs = [run(0, 2, a=(0, 2)), run(2, 4, a=(3, 2)), run(4, 5, a=(2, 1))]
    assert check_runs(runs, 5) == (
        {"a": 5},
        [
            Difference("seq-hole", "source a, records 2 to 3", "seq 2 was expected and 3 found"),
            Difference("seq-hole", "source a, records 4 to 4", "seq 5 was expected and 2 found"),
        ],
    )
