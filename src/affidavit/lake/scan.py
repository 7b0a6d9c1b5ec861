"""Free text without an index: all originals of the files opened and looked through, row groups side by side.

Decompression decides how long it takes, about a microsecond a record where memory is used again; finding the words in
what was decompressed is a tenth of that. The first time that a row group is read, as much again goes into noting which
threes of bytes it holds: words that it cannot hold are not looked for in it from then on.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from affidavit.lake.blocks import Parts
from affidavit.lake.hits import Hit
from affidavit.lake.known_grams import WORTH_ROWS, KnownGrams
from affidavit.lake.memory import freed_memory_kept
from affidavit.lake.parquet import ParquetFile
from affidavit.lake.parts import FACTS, RAW, apart
from affidavit.lake.predicate import All, HasText, Pattern, Predicate, reads_text
from affidavit.native import grams
from affidavit.native.find import find

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from affidavit.formats.record.strings import Strings
    from affidavit.lake.hits import Span
    from affidavit.lake.sealed_files import SealedFiles


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
        sought = [[piece.encode().lower() for piece in pattern.pieces if piece] for pattern in patterns]
        every = [piece for pattern in sought for piece in pattern]
        floor = _Floor()
        tasks = [
            self._pool.submit(_look, self._files, self._grams, name, group, sought, span, limit, floor, rows)
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
    patterns: list[list[bytes]],
    span: Span,
    limit: int,
    floor: _Floor,
    among: pa.Array | None,
) -> list[Hit]:
    """The newest hits of one row group."""
    parquet = ParquetFile(files.open(name))
    start, end = parquet.rows_of(group)
    narrow = parquet.columns_of(group, ("time", "index"))
    times_us, indexes = narrow.column("time").cast(pa.int64()), narrow.column("index")
    counts = span.holds(times_us, indexes)
    if among is not None:
        counts = pc.and_(counts, pc.is_in(pa.array(range(start, end), pa.int64()), among))
    if not _some(counts):
        return []
    every = [piece for pattern in patterns for piece in pattern]
    seen = bytearray(grams.BITMAP_BYTES) if end - start >= WORTH_ROWS and not known.has(name, group) else None
    found: list[Hit] = []
    first = 0
    for parts in Parts(name, parquet, group, end - start).pieces():
        if seen is not None:
            grams.add(_text(parts), seen)
        held = _held(parts, every)
        if held is not None:
            here = slice(first, first + parts.count)
            fits = pc.and_(pc.and_(held, counts[here]), pc.greater_equal(times_us[here], floor.time_us))
            rows = pc.indices_nonzero(fits)
            keys = zip(
                times_us[here].take(rows).to_pylist(),
                indexes[here].take(rows).to_pylist(),
                rows.to_pylist(),
                strict=True,
            )
            newest = (
                Hit(time_us, index, name, start + first + row)
                for time_us, index, row in sorted(keys, reverse=True)
                if _fits(parts.value(row), patterns)
            )
            found = floor.best([*found, *islice(newest, limit)], limit)
        first += parts.count
    if seen is not None:
        known.learn(name, group, bytes(seen))
    return found


def _held(parts: Strings, pieces: list[bytes]) -> pa.Array | None:
    """Which values hold every piece, in any order; None where none does."""
    held = None
    for piece in sorted(pieces, key=len, reverse=True):
        found = find(piece, parts)
        if not any(found):
            return None
        mask = pa.Array.from_buffers(pa.bool_(), parts.count, [None, pa.py_buffer(found)])
        held = mask if held is None else pc.and_(held, mask)
    return held if held is not None and _some(held) else None


def _text(parts: Strings) -> memoryview:
    """All values, one behind the other."""
    cuts = parts.cuts()
    return memoryview(b"" if parts.data is None else parts.data)[cuts[0] : cuts[-1]]


def _fits(parts: bytes, patterns: list[list[bytes]]) -> bool:
    """Whether the original, or where there is none the facts, holds all patterns."""
    cut = apart(parts)
    text = (cut[RAW] or cut[FACTS]).lower()
    return all(_in_order(text, pattern) for pattern in patterns)


def _in_order(text: bytes, pieces: list[bytes]) -> bool:
    at = 0
    for piece in pieces:
        at = text.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True


def _some(mask: pa.Array) -> bool:
    return bool(pc.any(mask).as_py())
