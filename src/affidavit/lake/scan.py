"""Free text without an index: all originals of the files opened and looked through, row groups side by side.

Decompression decides how long it takes, about a microsecond a record where memory is used again; finding the words in
what was decompressed is a tenth of that. The first time that a row group is read, as much again goes into noting which
threes of bytes it holds: words that it cannot hold are not looked for in it from then on.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from affidavit.formats.record.strings import Strings
from affidavit.lake.hits import Hit
from affidavit.lake.known_grams import WORTH_ROWS, KnownGrams
from affidavit.lake.memory import freed_memory_kept
from affidavit.lake.parquet import ParquetFile
from affidavit.lake.predicate import All, HasText, Pattern, Predicate, reads_text
from affidavit.lake.schema import APART, PARTS
from affidavit.native import grams
from affidavit.native.find import find

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from affidavit.lake.hits import Span
    from affidavit.lake.sealed_files import SealedFiles

_BATCH_BYTES = 1 << 20
"""Small enough to stay in a core's cache from opening to looking."""
_FACTS, _RAW = len(APART) - 1, len(APART)


def words(predicate: Predicate) -> tuple[Pattern, ...]:
    """What to look for, where nothing else of the predicate reads originals and all of it is ASCII; else nothing."""
    terms = predicate.terms if isinstance(predicate, All) else (predicate,)
    patterns = tuple(term.pattern for term in terms if isinstance(term, HasText))
    if any(reads_text(term) and not isinstance(term, HasText) for term in terms):
        return ()
    return patterns if all(any(p.pieces) and "".join(p.pieces).isascii() for p in patterns) else ()


class _Floor:
    """The time that a hit must have to be among the best, as far as one task has told the others."""

    def __init__(self) -> None:
        self.time_us = -(1 << 63)

    def best(self, found: list[Hit], limit: int) -> list[Hit]:
        """The newest `limit` of what a task has found."""
        found = sorted(found, reverse=True)[:limit]
        if len(found) == limit and found[-1].time_us > self.time_us:
            self.time_us = found[-1].time_us  # two at once: either is a floor
        return found


class Scanner:
    """Looks through files on a number of threads. Safe to ask from several threads."""

    def __init__(self, files: SealedFiles, *, threads: int) -> None:
        self._files = files
        self._grams = KnownGrams()
        self._pool = ThreadPoolExecutor(threads, "scan")

    def hits(
        self,
        names: Sequence[str],
        patterns: Sequence[Pattern],
        span: Span,
        *,
        limit: int,
        among: Mapping[str, pa.Array] | None = None,
    ) -> list[Hit]:
        """The newest `limit` records of the files that hold all patterns; `among` says which rows may count."""
        with freed_memory_kept():
            return self._hits(names, patterns, span, limit, among)

    def _hits(
        self,
        names: Sequence[str],
        patterns: Sequence[Pattern],
        span: Span,
        limit: int,
        among: Mapping[str, pa.Array] | None,
    ) -> list[Hit]:
        pieces = [[piece.encode().lower() for piece in pattern.pieces if piece] for pattern in patterns]
        every = [piece for pattern in pieces for piece in pattern]
        floor = _Floor()
        tasks = [
            self._pool.submit(_look, self._files, self._grams, name, group, pieces, span, limit, floor, rows)
            for name in names
            if (rows := None if among is None else among.get(name)) is not None or among is None
            for group in range(ParquetFile(self._files.open(name)).groups)
            if self._grams.may_hold(name, group, every)
        ]
        found: list[Hit] = []
        try:
            for task in tasks:
                found = floor.best(found + task.result(), limit)
        finally:
            for task in tasks:
                task.cancel()
        return found

    def close(self) -> None:
        """Let go of the threads."""
        self._pool.shutdown(cancel_futures=True)


def _look(  # noqa: PLR0913 - one task
    files: SealedFiles,
    known: KnownGrams,
    name: str,
    group: int,
    pieces: list[list[bytes]],
    span: Span,
    limit: int,
    floor: _Floor,
    among: pa.Array | None,
) -> list[Hit]:
    """The newest hits of one row group."""
    parquet = ParquetFile(files.open(name))
    start, end = parquet.rows_of(group)
    if among is not None and not _some(pc.and_(pc.greater_equal(among, start), pc.less(among, end))):
        return []
    found: list[Hit] = []
    batch_rows = max(16, min(4096, _BATCH_BYTES // parquet.row_bytes))
    seen = bytearray(grams.BITMAP_BYTES) if end - start >= WORTH_ROWS and not known.has(name, group) else None
    every = [piece for pattern in pieces for piece in pattern]
    for batch in parquet.batches((PARTS, "time", "index"), batch_rows=batch_rows, groups=[group]):
        if seen is not None:
            grams.add(_text(batch.column(PARTS)), seen)
        held = _held(batch.column(PARTS), every)
        if held is not None:
            row = pa.array(range(start, start + len(batch)), pa.int64())
            time_us = batch.column("time").cast(pa.int64())
            counts = pc.and_(span.holds(time_us, batch.column("index")), held)
            counts = pc.and_(counts, pc.greater_equal(time_us, floor.time_us))
            if among is not None:
                counts = pc.and_(counts, pc.is_in(row, among))
            if _some(counts):
                hits = batch.append_column("row", row).filter(counts)  # last, as it copies their originals
                found = floor.best([*found, *_newest(hits, pieces, limit, name)], limit)
        start += len(batch)
    if seen is not None:
        known.learn(name, group, bytes(seen))
    return found


def _newest(batch: pa.RecordBatch, pieces: list[list[bytes]], limit: int, name: str) -> Iterator[Hit]:
    """Rows that hold the words in their original, of those that hold them somewhere."""
    if not len(batch):
        return
    text = _original(batch.column(PARTS))
    held = _held(text, [piece for pattern in pieces for piece in pattern])
    if held is None:
        return
    for pattern in pieces:
        if len(pattern) > 1:
            in_order = [
                value is not None and _in_order(value, pattern)
                for value in text.cast(pa.large_binary()).to_pylist()
            ]
            held = pc.and_(held, pa.array(in_order, pa.bool_()))
    batch = batch.filter(held)
    order = pc.sort_indices(
        batch.select(["time", "index"]), [("time", "descending"), ("index", "descending")]
    )
    batch = batch.select(["time", "index", "row"]).take(order[:limit])
    columns = (batch.column("time").cast(pa.int64()), batch.column("index"), batch.column("row"))
    for time_us, index, row in zip(*(column.to_pylist() for column in columns), strict=True):
        yield Hit(time_us, index, name, row)


def _held(column: pa.Array, pieces: list[bytes]) -> pa.Array | None:
    """Which values hold every piece, in any order; None where none does."""
    strings = _strings(column)
    held = None
    for piece in sorted(pieces, key=len, reverse=True):
        found = find(piece, strings)
        if not any(found):
            return None
        mask = pa.Array.from_buffers(pa.bool_(), len(column), [None, pa.py_buffer(found)])
        held = mask if held is None else pc.and_(held, mask)
    return held if held is not None and _some(held) else None


def _strings(column: pa.Array) -> Strings:
    offsets, data = column.buffers()[1:]
    wide = pa.types.is_large_string(column.type)
    return Strings(data=data, offsets=offsets, first=column.offset, count=len(column), wide=wide)


def _text(column: pa.Array) -> memoryview:
    """All values, one behind the other."""
    strings = _strings(column)
    cuts = strings.cuts()
    return memoryview(b"" if strings.data is None else strings.data)[cuts[0] : cuts[-1]]


def _original(parts: pa.Array) -> pa.Array:
    """What free text is looked for in: the original, or where there is none the facts."""
    lines = pc.split_pattern(parts, "\n", max_splits=_RAW)
    raw = pc.list_element(lines, _RAW)
    empty = pc.equal(pc.binary_length(raw), 0)
    return pc.if_else(empty, pc.list_element(lines, _FACTS), raw) if _some(empty) else raw


def _in_order(value: bytes, pieces: list[bytes]) -> bool:
    value = value.lower()
    at = 0
    for piece in pieces:
        at = value.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True


def _some(mask: pa.Array) -> bool:
    return bool(pc.any(mask).as_py())
