"""Stored records against the log: parts to body to entry to leaf, query columns, and what a file holds.

Pure: takes columns of stored rows and the level-0 hashes of the log, returns what differs. Memory is that of the rows
which are held at once, whatever range of indexes a file is said to have.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from affidavit.core.errors import AffidavitError
from affidavit.evidence.report import Difference
from affidavit.evidence.runs import Run, SourceRun
from affidavit.formats.record import placing as plain
from affidavit.formats.record.columns import Columns, derive
from affidavit.formats.record.queried import examined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from typing_extensions import Buffer

    from affidavit.evidence.times import Times
    from affidavit.formats.record.placing import Rows
    from affidavit.formats.record.queried import Examined, Queried
    from affidavit.formats.record.sealed import Sealed

HASH_BYTES = 32
ROWS_AT_ONCE = 1 << 18
"""As many are put in order together: twice as many as compaction puts into a file."""
_NAMED = 100
"""Differences of one kind that a file names one by one."""


class Block(Protocol):
    """Stored rows in columns, alike long."""

    def __len__(self) -> int: ...

    @property
    def index(self) -> Sequence[int]: ...  # noqa: D102 - a column of the record

    @property
    def facts(self) -> Sequence[bytes]: ...  # noqa: D102 - a column of the record

    @property
    def actor(self) -> Sequence[bytes]: ...  # noqa: D102 - a column of the record

    @property
    def target(self) -> Sequence[bytes]: ...  # noqa: D102 - a column of the record

    @property
    def columns(self) -> Sequence[Columns]: ...  # noqa: D102 - a column of the record

    @property
    def rows(self) -> Rows:
        """Where they stand in the log and in their sources."""

    @property
    def sealed(self) -> Sealed:
        """Everything that the leaves commit to, in buffers."""

    @property
    def queried(self) -> Queried | None:
        """The query columns, in buffers; None where they are not fit for it."""

    def only(self, rows: Sequence[int], parts: Sequence[bytes], /) -> Block:
        """These rows alone, which have these values of the column of parts."""


class Placing(Protocol):
    """What puts rows in order, as formats.record.placing does."""

    def ordered(self, keys: array[int], /) -> array[int]:
        """The numbers of the keys from the smallest key to the largest."""

    def taken(self, items: Buffer, order: array[int], /, *, width: int) -> bytes:
        """The items in that order."""

    def following(
        self, values: memoryview[int], groups: memoryview[int] | None = None, /, *, known: int = 1
    ) -> tuple[int, array[int], array[int]]:
        """How many values follow one another within their groups, where each group begins, and what would follow."""

    def ends(
        self, values: memoryview[int], groups: memoryview[int], group: int, /, *, but: bool = False
    ) -> tuple[int, int] | None:
        """Where the least and the greatest value of a group, or of all others, stand."""


@dataclass(kw_only=True)
class Checked:
    """What one file's rows showed."""

    records: int = 0
    unsealed: int = 0
    runs: list[Run] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    named: dict[str, int] = field(default_factory=dict)
    """Differences of each code, those included that are beyond naming."""

    def add(self, code: str, where: str, what: str) -> None:
        """One more difference, which is named unless there are many."""
        self.named[code] = self.named.get(code, 0) + 1
        if self.named[code] <= _NAMED:
            self.differences.append(Difference(code, where, what))

    def count(self, name: str) -> None:
        """Say how many there are, where not all are named."""
        self.differences += [
            Difference(code, name, f"{number} records in all")
            for code, number in self.named.items()
            if number > _NAMED
        ]


def check_rows(  # noqa: PLR0913 - the file and what it is held against
    name: str,
    blocks: Iterable[Block],
    *,
    first: int,
    end: int,
    size: int,
    leaves: Callable[[int, int], bytes],
    examined: Callable[[Sealed, Queried | None], Iterator[Examined]] = examined,
    placing: Placing = plain,
    times: Times | None = None,
) -> Checked:
    """Hold the rows of file `name`, said to have indexes in [first, end), against the log of `size` entries.

    `leaves(a, b)` gives the stored level-0 hashes of [a, b), joined; `examined` the leaf hashes of records and those
    whose query columns are yet to be derived again, as formats.record.queried does; `placing` puts rows in order.
    `times` notes when they were received and sealed.
    """
    checked = Checked()
    file = _File(name, max(first, 0), end, size, leaves, placing, times, checked)
    held = _Held()
    for block in blocks:
        found = bytearray()
        for piece in examined(block.sealed, block.queried):
            if piece.doubts:
                before = len(found) // HASH_BYTES
                rows = [before + at for at in piece.doubts]
                _check_columns(name, block.only(rows, list(map(piece.parts.value, piece.doubts))), checked)
            found += piece.leaves
        held.add(block.rows, found)
        if len(held.index) >= ROWS_AT_ONCE:
            file.check(held)
            held = _Held()
    file.check(held)
    checked.count(name)
    return checked


def _check_columns(name: str, block: Block, checked: Checked) -> None:
    """The query columns are what the parts say, or search would not find what is there."""
    try:
        derived = list(map(derive, block.facts, block.actor, block.target))
    except AffidavitError:
        derived = []
    if derived == block.columns:
        return
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
        checked.add("column-differs", f"{name} record {index}", what)


class _Held:
    """Where rows stand and what they hash to, in the order they are stored."""

    def __init__(self) -> None:
        self.index: array[int] = array("q")
        self.seq: array[int] = array("q")
        self.source: array[int] = array("i")
        self.received_us: array[int] = array("q")
        self.sealed_us: array[int] = array("q")
        self.leaves = bytearray()
        self.places: dict[str, int] = {}

    def add(self, rows: Rows, leaves: bytearray) -> None:
        """More rows; `source` then has the places of their sources among all that these rows have."""
        self.index.frombytes(memoryview(rows.index).cast("B"))
        self.seq.frombytes(memoryview(rows.seq).cast("B"))
        self.received_us.frombytes(memoryview(rows.received_us).cast("B"))
        self.sealed_us.frombytes(memoryview(rows.sealed_us).cast("B"))
        self.leaves += leaves
        places = [self.places.setdefault(source, len(self.places)) for source in rows.sources]
        before = len(self.source)
        self.source.frombytes(memoryview(rows.source).cast("B"))
        if places != list(range(len(places))):
            self.source[before:] = array("i", map(places.__getitem__, self.source[before:]))


@dataclass(frozen=True)
class _File:
    """What a file is said to have, and where it is told what its rows show."""

    name: str
    first: int
    end: int
    size: int
    leaves: Callable[[int, int], bytes]
    placing: Placing
    times: Times | None
    checked: Checked

    def check(self, held: _Held) -> None:
        """Rows of the file: in the order of the log, each once, as sealed."""
        order = self.placing.ordered(held.index)
        rows = _Ordered(
            index=_numbers(self.placing.taken(held.index, order, width=8), "q"),
            seq=_numbers(self.placing.taken(held.seq, order, width=8), "q"),
            source=_numbers(self.placing.taken(held.source, order, width=4), "i"),
            received_us=_numbers(self.placing.taken(held.received_us, order, width=8), "q"),
            sealed_us=_numbers(self.placing.taken(held.sealed_us, order, width=8), "q"),
            leaves=self.placing.taken(held.leaves, order, width=HASH_BYTES),
            sources=list(held.places),
        )
        if self.times is not None:
            self.times.note(rows, self.placing.ends)
        begin, end = bisect_left(rows.index, self.first), bisect_left(rows.index, self.end)
        sealed = bisect_left(rows.index, self.size, begin, max(begin, end))
        for at in (*range(begin), *range(max(begin, end), len(order))):
            self.checked.add(
                "index-outside",
                f"{self.name} record {rows.index[at]}",
                "lies outside the file's stated range",
            )
        for start, stop in self._runs(rows, begin, sealed):
            self.checked.records += stop - start
            self._check_leaves(rows, start, stop)
            self.checked.runs.append(
                Run(rows.index[start], rows.index[stop - 1] + 1, self._check_seqs(rows, start, stop))
            )
        for start, stop in self._runs(rows, sealed, end):
            self.checked.unsealed += stop - start

    def _runs(self, rows: _Ordered, at: int, end: int) -> Iterable[tuple[int, int]]:
        """Where rows of consecutive indexes begin and end; all but the first of one index are told of."""
        while at < end:
            stop = at + max(1, self.placing.following(rows.index[at:end])[0])
            yield at, stop
            at = stop
            while at < end and rows.index[at] == rows.index[at - 1]:
                self.checked.add(
                    "index-twice", f"{self.name} record {rows.index[at]}", "is there more than once"
                )
                at += 1

    def _check_leaves(self, rows: _Ordered, start: int, stop: int) -> None:
        """What the rows hash to is what the log holds."""
        first = rows.index[start]
        stored = self.leaves(first, first + stop - start)
        found = rows.leaves[start * HASH_BYTES : stop * HASH_BYTES]
        if found == stored:
            return
        for at in range(0, len(found), HASH_BYTES):
            if found[at : at + HASH_BYTES] != stored[at : at + HASH_BYTES]:
                self.checked.add(
                    "leaf-differs",
                    f"{self.name} record {first + at // HASH_BYTES}",
                    "parts, salt or entry are not what the log's leaf commits to",
                )

    def _check_seqs(self, rows: _Ordered, start: int, stop: int) -> dict[str, SourceRun]:
        """Each source's seq grows by one from record to record."""
        seqs, sources = rows.seq[start:stop], rows.source[start:stop]
        count, firsts, nexts = self.placing.following(seqs, sources, known=len(rows.sources))
        if count < stop - start:
            return self._seqs_one_by_one(rows, start, stop)
        return {
            source: SourceRun(begin, following - begin)
            for source, begin, following in zip(rows.sources, firsts, nexts, strict=True)
            if following != plain.NONE
        }

    def _seqs_one_by_one(self, rows: _Ordered, start: int, stop: int) -> dict[str, SourceRun]:
        """The same where some does not, which is told."""
        starts: dict[str, int] = {}
        following: dict[str, int] = {}
        for at in range(start, stop):
            source, seq = rows.sources[rows.source[at]], rows.seq[at]
            expected = following.get(source)
            if expected is None:
                starts[source] = seq
            elif seq != expected:
                self.checked.add(
                    "seq-hole",
                    f"{self.name} record {rows.index[at]}",
                    f"source {source} goes from seq {expected - 1} to {seq}",
                )
                starts[source] += seq - expected
            following[source] = seq + 1
        return {source: SourceRun(begin, following[source] - begin) for source, begin in starts.items()}


@dataclass(frozen=True, kw_only=True)
class _Ordered:
    """Rows by their index."""

    index: memoryview[int]
    seq: memoryview[int]
    source: memoryview[int]
    received_us: memoryview[int]
    sealed_us: memoryview[int]
    leaves: bytes
    sources: list[str]


def _numbers(data: bytes, code: str) -> memoryview[int]:
    return memoryview(data).cast(code)  # type: ignore[call-overload,no-any-return]
