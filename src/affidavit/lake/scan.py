"""Free text without an index: all originals of the files opened and looked through, row groups side by side.

Decompression decides how long it takes, about a microsecond a record where memory is used again; finding the words in
what was decompressed is a tenth of that. The first time that a row group is read, as much again goes into noting which
threes of bytes it holds: words that it cannot hold are not looked for in it from then on.
"""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from affidavit.lake.asked import Rows
from affidavit.lake.blocks import Parts
from affidavit.lake.evaluate import fits
from affidavit.lake.known_grams import WORTH_ROWS, KnownGrams
from affidavit.lake.parts import FACTS, RAW, apart
from affidavit.lake.predicate import All, HasText, Pattern, Predicate
from affidavit.lake.schema import PARTS
from affidavit.native import grams
from affidavit.native.find import find

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from affidavit.formats.record.strings import Strings
    from affidavit.lake.columns import Columns, Stretch
    from affidavit.lake.hits import Every, Newest, Span

    _Place = tuple[Stretch, int]
    Each = Callable[[Callable[[_Place], None], list[_Place]], None]


def words(text: All) -> tuple[Pattern, ...]:
    """What to look for, where all terms are words in ASCII; else nothing."""
    patterns = tuple(term.pattern for term in text.terms if isinstance(term, HasText))
    if len(patterns) < len(text.terms):
        return ()
    return patterns if all(any(p.pieces) and "".join(p.pieces).isascii() for p in patterns) else ()


class Text:
    """What originals are looked through for: the native kernel finds words, anything else is evaluated."""

    def __init__(self, text: All) -> None:
        self._text = text
        self._patterns = [[p.encode().lower() for p in pattern.pieces if p] for pattern in words(text)]
        self.pieces = [piece for pattern in self._patterns for piece in pattern]
        """What every original that fits must hold, in lower case."""

    def likely(self, parts: Strings, others: Callable[[str], pa.Array]) -> pa.Array | None:
        """A boolean for each value, false where its record does not fit, which has these values in other columns.

        None where no record fits.
        """
        if self.pieces:
            return _held(parts, self.pieces)
        return fits(self._text, lambda name: _arrow(parts) if name == PARTS else others(name), parts.count)

    def certain(self, parts: bytes) -> bool:
        """Whether a likely value fits."""
        if not self.pieces:
            return True
        cut = apart(parts)
        text = (cut[RAW] or cut[FACTS]).lower()
        return all(_in_order(text, pattern) for pattern in self._patterns)


class Scanner:
    """Looks through files. Safe to ask from several threads."""

    def __init__(self, columns: Columns, each: Each) -> None:
        """`each` does the looking, as Engine.each."""
        self._columns = columns
        self._grams = KnownGrams()
        self._each = each

    def look(
        self, names: Iterable[str], text: Text, narrow: Predicate, span: Span, newest: Newest | Every
    ) -> None:
        """Adds what is in the files of the span, fits what the originals are not needed for, and holds the text."""
        places = [
            (stretch, group)
            for name in names
            for group, stretch in enumerate(self._columns.stretches(name))
            if self._grams.may_hold(name, group, text.pieces)
        ]
        self._each(lambda place: self._look(*place, text, narrow, span, newest), places)

    def _look(  # noqa: PLR0913 - one task
        self, stretch: Stretch, group: int, text: Text, narrow: Predicate, span: Span, newest: Newest | Every
    ) -> None:
        """Adds the newest hits of one row group."""
        name, start, end, _ = stretch
        rows = Rows(self._columns, [stretch])
        counts = rows.fitting(narrow, span)
        if not counts.true_count:
            return
        worth = end - start >= WORTH_ROWS and not self._grams.has(name, group)
        seen = bytearray(grams.BITMAP_BYTES) if worth else None
        first = 0
        for parts in Parts(name, self._columns.file(name), group, end - start).pieces():
            if seen is not None:
                grams.add(_text(parts), seen)
            here = slice(first, first + parts.count)
            held = text.likely(parts, partial(rows.column_of, here))
            if held is not None:
                fitting = pc.indices_nonzero(pc.and_(held, counts[here]))
                hits = rows.hits(pc.add(fitting, pa.scalar(first, pa.uint64())), newest)
                certain = (hit for hit in hits if text.certain(parts.value(hit.row - start - first)))
                newest.add(islice(certain, newest.limit))
            first += parts.count
        if seen is not None:
            self._grams.learn(name, group, bytes(seen))


def _arrow(parts: Strings) -> pa.Array:
    """The same for Arrow, as text."""
    kind = pa.large_string() if parts.wide else pa.string()
    buffers = [None, pa.py_buffer(parts.offsets), pa.py_buffer(b"" if parts.data is None else parts.data)]
    return pa.Array.from_buffers(kind, parts.count, buffers, offset=parts.first)


def _held(parts: Strings, pieces: list[bytes]) -> pa.Array | None:
    """Which values hold every piece, in any order; None where none does."""
    held = None
    for piece in sorted(pieces, key=len, reverse=True):
        found = find(piece, parts)
        if not any(found):
            return None
        mask = pa.Array.from_buffers(pa.bool_(), parts.count, [None, pa.py_buffer(found)])
        held = mask if held is None else pc.and_(held, mask)
    return held


def _text(parts: Strings) -> memoryview:
    """All values, one behind the other."""
    cuts = parts.cuts()
    return memoryview(b"" if parts.data is None else parts.data)[cuts[0] : cuts[-1]]


def _in_order(text: bytes, pieces: list[bytes]) -> bool:
    at = 0
    for piece in pieces:
        at = text.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True
