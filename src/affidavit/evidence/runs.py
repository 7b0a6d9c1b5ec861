"""Which indexes and which seqs the files of a lake hold together: each once, none missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from affidavit.evidence.report import Difference

if TYPE_CHECKING:
    from collections.abc import Iterable


class SourceRun(NamedTuple):
    """A source's records within a run of indexes."""

    first_seq: int
    records: int


class Run(NamedTuple):
    """Consecutive indexes that one file holds."""

    first: int
    end: int
    sources: dict[str, SourceRun]


def check_runs(runs: Iterable[Run], size: int) -> tuple[dict[str, int], list[Difference]]:
    """Whether the files together hold each index below `size` once, and each source's seqs from 0.

    Returns the records of each source, and what is missing or doubled.
    """
    differences = []
    next_seqs: dict[str, int] = {}
    at = 0
    for run in sorted(runs, key=lambda run: (run.first, run.end)):
        if run.first > at:
            differences.append(
                Difference(
                    "records-missing", f"records {at} to {run.first - 1}", "are in no file of the lake"
                )
            )
        elif run.first < at:
            differences.append(
                Difference(
                    "records-doubled", f"records {run.first} to {min(at, run.end) - 1}", "are in two files"
                )
            )
        at = max(at, run.end)
        for source, (first_seq, count) in run.sources.items():
            expected = next_seqs.get(source, 0)
            if first_seq != expected:
                differences.append(
                    Difference(
                        "seq-hole",
                        f"source {source}, records {run.first} to {run.end - 1}",
                        f"seq {expected} was expected and {first_seq} found",
                    )
                )
            next_seqs[source] = max(expected, first_seq + count)
    if at < size:
        differences.append(
            Difference("records-missing", f"records {at} to {size - 1}", "are in no file of the lake")
        )
    return next_seqs, differences
