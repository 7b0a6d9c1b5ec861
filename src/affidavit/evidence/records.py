"""Stored records against the log: parts to body to entry to leaf, query columns, and who is missing.

Pure: takes columns of stored rows and the level-0 hashes of the log, returns what differs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from affidavit.core.errors import AffidavitError
from affidavit.evidence.report import Difference
from affidavit.formats.record.columns import Columns, derive
from affidavit.formats.record.queried import doubtful
from affidavit.formats.record.sealed import leaves_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from affidavit.formats.record.queried import Queried
    from affidavit.formats.record.sealed import Sealed

HASH_BYTES = 32
_NAMED = 100
"""Differences of one kind that a file names one by one."""


class Block(Protocol):
    """Stored rows in columns, alike long."""

    @property
    def index(self) -> Sequence[int]: ...  # noqa: D102 - a column of the record

    @property
    def source(self) -> Sequence[str]: ...  # noqa: D102 - a column of the record

    @property
    def seq(self) -> Sequence[int]: ...  # noqa: D102 - a column of the record

    @property
    def facts(self) -> Sequence[bytes]: ...  # noqa: D102 - a column of the record

    @property
    def actor(self) -> Sequence[bytes]: ...  # noqa: D102 - a column of the record

    @property
    def target(self) -> Sequence[bytes]: ...  # noqa: D102 - a column of the record

    @property
    def columns(self) -> Sequence[Columns]: ...  # noqa: D102 - a column of the record

    @property
    def sealed(self) -> Sealed:
        """Everything that the leaves commit to, in buffers."""

    @property
    def queried(self) -> Queried | None:
        """The query columns and the parts, in buffers; None where they are not fit for it."""

    def only(self, rows: Sequence[int], /) -> Block:
        """These rows alone."""


class SourceRun(NamedTuple):
    """A source's records within a run of indexes."""

    first_seq: int
    records: int


class Run(NamedTuple):
    """Consecutive indexes that one file holds."""

    first: int
    end: int
    sources: dict[str, SourceRun]


@dataclass(kw_only=True)
class Checked:
    """What one file's rows showed."""

    records: int = 0
    unsealed: int = 0
    runs: list[Run] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)


def check_rows(  # noqa: PLR0913 - the file and what it is held against
    name: str,
    blocks: Iterable[Block],
    *,
    first: int,
    end: int,
    size: int,
    leaves: Callable[[int, int], bytes],
    hashed: Callable[[Sealed], bytes] = leaves_of,
    doubted: Callable[[Queried], Sequence[int]] = doubtful,
) -> Checked:
    """Hold the rows of file `name`, said to have indexes in [first, end), against the log of `size` entries.

    `leaves(a, b)` gives the stored level-0 hashes of [a, b), joined; `hashed` the leaf hashes of records, joined;
    `doubted` the rows whose query columns are yet to be derived again.
    """
    checked = Checked()
    found: list[bytes | None] = [None] * (end - first)
    sources: list[str] = [""] * (end - first)
    seqs: list[int] = [0] * (end - first)
    for block in blocks:
        joined = hashed(block.sealed)
        hashes = [joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES)]
        rows = range(len(block.index)) if block.queried is None else doubted(block.queried)
        if len(rows) == len(block.index):
            _check_columns(name, block, checked)
        elif len(rows):
            _check_columns(name, block.only(rows), checked)
        for index, leaf, source, seq in zip(block.index, hashes, block.source, block.seq, strict=True):
            at = index - first
            if not 0 <= at < len(found):
                checked.differences.append(
                    Difference(
                        "index-outside", f"{name} record {index}", "lies outside the file's stated range"
                    )
                )
            elif found[at] is not None:
                checked.differences.append(
                    Difference("index-twice", f"{name} record {index}", "is there more than once")
                )
            else:
                found[at] = leaf
                sources[at] = source
                seqs[at] = seq
    _check_leaves(name, found, first, size, leaves, checked)
    _find_runs(name, found, sources, seqs, first, size, checked)
    return checked


def _check_columns(name: str, block: Block, checked: Checked) -> None:
    """The query columns are what the parts say, or search would not find what is there."""
    try:
        derived = list(map(derive, block.facts, block.actor, block.target))
    except AffidavitError:
        derived = []
    if derived == block.columns:
        return
    named = 0
    for at, index in enumerate(block.index):
        try:
            meant: Columns | None = derive(block.facts[at], block.actor[at], block.target[at])
        except AffidavitError as error:
            meant, what = None, str(error)
        if meant == block.columns[at]:
            continue
        if meant is not None:
            names = [
                field_
                for field_, a, b in zip(Columns._fields, meant, block.columns[at], strict=True)
                if a != b
            ]
            what = f"query columns differ from the parts: {', '.join(names)}"
        named += 1
        if named <= _NAMED:
            checked.differences.append(Difference("column-differs", f"{name} record {index}", what))


def _check_leaves(  # noqa: PLR0913 - the rows and what they are held against
    name: str,
    found: list[bytes | None],
    first: int,
    size: int,
    leaves: Callable[[int, int], bytes],
    checked: Checked,
) -> None:
    sealed = found[: max(0, size - first)]
    checked.records += len(sealed) - sealed.count(None)
    checked.unsealed += sum(leaf is not None for leaf in found[len(sealed) :])
    if not sealed:
        return
    stored = leaves(first, first + len(sealed))
    if None not in sealed and b"".join(sealed) == stored:  # type: ignore[arg-type]
        return
    named = 0
    for at, leaf in enumerate(sealed):
        if leaf is None or leaf == stored[at * HASH_BYTES : (at + 1) * HASH_BYTES]:
            continue
        named += 1
        if named <= _NAMED:
            checked.differences.append(
                Difference(
                    "leaf-differs",
                    f"{name} record {first + at}",
                    "parts, salt or entry are not what the log's leaf commits to",
                )
            )
    if named > _NAMED:
        checked.differences.append(Difference("leaf-differs", name, f"{named} records in all"))


def _find_runs(  # noqa: PLR0913 - the rows in order of index
    name: str,
    found: list[bytes | None],
    sources: list[str],
    seqs: list[int],
    first: int,
    size: int,
    checked: Checked,
) -> None:
    """Consecutive indexes, and that each source's seq grows by one within them."""
    at, count = 0, min(len(found), max(0, size - first))
    while at < count:
        if found[at] is None:
            at += 1
            continue
        start = at
        starts: dict[str, int] = {}
        following: dict[str, int] = {}
        while at < count and found[at] is not None:
            source, seq = sources[at], seqs[at]
            expected = following.get(source)
            if expected is None:
                starts[source] = seq
            elif seq != expected:
                checked.differences.append(
                    Difference(
                        "seq-hole",
                        f"{name} record {first + at}",
                        f"source {source} goes from seq {expected - 1} to {seq}",
                    )
                )
                starts[source] += seq - expected
            following[source] = seq + 1
            at += 1
        runs = {source: SourceRun(begin, following[source] - begin) for source, begin in starts.items()}
        checked.runs.append(Run(first + start, first + at, runs))


def check_runs(runs: Iterable[Run], size: int) -> tuple[dict[str, int], list[Difference]]:
    """Whether the files together hold each index below `size` once, and each source's seqs from 0.

    Returns the records of each source, and what is missing or doubled.
    """
    differences = []
    next_seqs: dict[str, int] = {}
    at = 0
    for run in sorted(runs):
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
