"""Searching a snapshot: newest first, narrow columns before wide ones, few files before many.

Files are visited from the newest on in growing groups, and only until the page is full and no file left can
hold anything newer. What a question needs of the wide columns is fetched for its hits alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from affidavit.lake.actors import COLUMN as ACTORS
from affidavit.lake.asked import Rows
from affidavit.lake.evaluate import reads
from affidavit.lake.hits import Newest, Span
from affidavit.lake.parts import unpack
from affidavit.lake.predicate import EVERYTHING, All, Predicate
from affidavit.lake.rows import to_rows
from affidavit.lake.scan import Text
from affidavit.lake.schema import PARTS
from affidavit.lake.sealed_files import location
from affidavit.lake.segment import Cursor, Found, Page, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from affidavit.lake.columns import Stretch
    from affidavit.lake.engine import Engine
    from affidavit.lake.hits import Every, Hit
    from affidavit.lake.snapshot import StoredFile

_FIRST_GROUP_ROWS = 1 << 17
_CANDIDATES = 4096
"""With at most so many rows to read originals of, they are read one by one, else all in one sweep."""
_ROWS_AT_ONCE = 1 << 18
_FETCH_ROWS = 2000
_KEYS_AT_ONCE = 100_000
_ROW_COLUMNS = (
    "index, record, salt, kind, source, class_uid, mapper, seq, received, sealed, batch, parts, time"
)


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which records: predicate, event time from `since_us` up to `until_us`, index below `below_index`."""

    predicate: Predicate = EVERYTHING
    since_us: int | None = None
    until_us: int | None = None
    below_index: int | None = None


def page(
    engine: Engine,
    files: Sequence[StoredFile],
    selection: Selection,
    *,
    limit: int,
    after: Cursor | None = None,
) -> Page:
    """The newest `limit` records of the selection after the cursor."""
    keys = _newest(engine, files, selection, limit=limit + 1, after=after)
    shown = keys[:limit]
    more = Cursor(shown[-1].time_us, shown[-1].index) if len(keys) > limit and shown else None
    return Page(engine.fetcher.rows(shown), more)


def stream(engine: Engine, files: Sequence[StoredFile], selection: Selection) -> Iterator[Found]:
    """Every record of the selection, newest first, in bounded memory."""
    after: Cursor | None = None
    while True:
        keys = _newest(engine, files, selection, limit=_KEYS_AT_ONCE, after=after)
        for at in range(0, len(keys), _FETCH_ROWS):
            yield from engine.fetcher.rows(keys[at : at + _FETCH_ROWS])
        if len(keys) < _KEYS_AT_ONCE:
            return
        after = Cursor(keys[-1].time_us, keys[-1].index)


def by_index(engine: Engine, files: Sequence[StoredFile], first: int, end: int) -> list[Row]:
    """The records of index `first` up to, not including, `end`, in order."""
    names = [file.name for file in files if file.min_index < end and file.max_index >= first]
    if not names:
        return []
    sql = f"SELECT {_ROW_COLUMNS} FROM read_parquet(?) WHERE index >= ? AND index < ?"  # noqa: S608 - constants
    with engine.ask(sql, [[*map(location, names)], first, end]) as answer:
        rows = [row for batch in answer.to_arrow_reader(_FETCH_ROWS) for row in to_rows(unpack(batch))]
    return sorted(rows, key=lambda row: row.index)


def _newest(
    engine: Engine,
    files: Sequence[StoredFile],
    selection: Selection,
    *,
    limit: int,
    after: Cursor | None,
) -> list[Hit]:
    """The first `limit` keys of the selection after the cursor."""
    span = Span(
        since_us=selection.since_us,
        until_us=selection.until_us,
        below_index=selection.below_index,
        after=after,
    )
    question = Question(engine, selection.predicate, span)
    newest = Newest(limit)
    left = sorted(filter(span.touches, files), key=lambda file: file.max_time_us, reverse=True)
    group_rows = _FIRST_GROUP_ROWS
    while left and left[0].max_time_us >= newest.floor():
        group, left = _group(left, group_rows)
        group_rows *= 4
        question.ask([file.name for file in group], newest)
    return newest.hits()


class Question:
    """What is asked of one group of files after another."""

    def __init__(self, engine: Engine, predicate: Predicate, span: Span) -> None:
        terms = predicate.terms if isinstance(predicate, All) else (predicate,)
        text = All(tuple(term for term in terms if PARTS in reads(term)))
        self._text = text if text.terms else None
        self._narrow = All(tuple(term for term in terms if PARTS not in reads(term)))
        """What the originals are not needed for: rows that fit the whole fit it, too."""
        self._actors = All(tuple(term for term in terms if reads(term) == {ACTORS}))
        self._others = All(tuple(term for term in self._narrow.terms if term not in self._actors.terms))
        self._span = span
        self._engine = engine

    def ask(self, names: list[str], newest: Newest | Every) -> None:
        """Adds the newest of these files."""
        narrowed: list[Stretch] = []
        if self._actors.terms:
            narrowed, names = self._engine.actors.narrowed(names, self._actors)
        if self._text is None:
            self._look(narrowed, names, newest)
            return
        if self._narrow.terms:
            candidates = Newest(_CANDIDATES + 1)
            self._look(narrowed, names, candidates)
            if len(found := candidates.hits()) <= _CANDIDATES:
                self._check(found, self._text, newest)
                return
        swept = {stretch.file: None for stretch in narrowed} | dict.fromkeys(names)
        self._engine.scanner.look(swept, Text(self._text), self._narrow, self._span, newest)

    def _check(self, found: list[Hit], text: Predicate, newest: Newest | Every) -> None:
        """Adds those whose originals fit."""
        fetcher, file = self._engine.fetcher, attrgetter("file")
        by_file = [list(hits) for _, hits in groupby(sorted(found, key=file), file)]
        self._engine.each(lambda hits: newest.add(fetcher.fitting(hits, text)), by_file)

    def _look(self, narrowed: list[Stretch], names: list[str], newest: Newest | Every) -> None:
        """Adds the newest that fit but for the text, of rows whose actors fit and of whole files."""
        columns = self._engine.columns
        for some in _at_once(narrowed):
            Rows(columns, some).look(self._others, self._span, newest)
        self._engine.each(
            lambda stretch: Rows(columns, [stretch]).look(self._narrow, self._span, newest),
            list(map(columns.whole, names)),
        )


def _at_once(stretches: list[Stretch]) -> Iterator[list[Stretch]]:
    """The stretches in groups of bounded rows."""
    some: list[Stretch] = []
    rows = 0
    for stretch in stretches:
        some.append(stretch)
        rows += stretch.end - stretch.start
        if rows >= _ROWS_AT_ONCE:
            yield some
            some, rows = [], 0
    if some:
        yield some


def _group(files: list[StoredFile], rows: int) -> tuple[list[StoredFile], list[StoredFile]]:
    """The first files that hold about so many rows, and the rest."""
    total = 0
    for at, file in enumerate(files, start=1):
        total += file.rows
        if total >= rows:
            return files[:at], files[at:]
    return files, []
