"""Searching a snapshot: newest first, narrow columns before wide ones, few files before many.

Files are visited from the newest on in growing groups, and only until the page is full and no file left can
hold anything newer. What a question needs of the wide columns is fetched for its hits alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.lake.actors import actors_of
from affidavit.lake.compile import Condition, split
from affidavit.lake.hits import Hit, Span
from affidavit.lake.parts import unpack
from affidavit.lake.predicate import EVERYTHING, Predicate
from affidavit.lake.rows import to_rows
from affidavit.lake.scan import words
from affidavit.lake.sealed_files import location, name_of
from affidavit.lake.segment import Cursor, Found, Page, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from affidavit.lake.engine import Engine
    from affidavit.lake.predicate import Pattern
    from affidavit.lake.snapshot import StoredFile

_FIRST_GROUP_ROWS = 1 << 17
_CANDIDATES = 4096
"""With at most so many rows to read originals of, they are read one by one, else all in one sweep."""
_FETCH_ROWS = 2000
_MANY_FILES = 12
_FEW_KEYS = 300
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
    predicate = selection.predicate
    question = _Question(engine, span, limit, *split(predicate), words(predicate), actors_of(predicate))
    left = sorted(filter(span.touches, files), key=lambda file: file.max_time_us, reverse=True)
    found: list[Hit] = []
    group_rows = _FIRST_GROUP_ROWS
    while left:
        group, left = _group(left, group_rows)
        group_rows *= 4
        found += question.hits([file.name for file in group])
        found.sort(reverse=True)
        del found[limit:]
        if left and len(found) == limit and found[-1].time_us > left[0].max_time_us:
            break
    return found


@dataclass(frozen=True)
class _Question:
    """What is asked of one group of files after another."""

    engine: Engine
    span: Span
    limit: int
    narrow: Condition | None
    """What the originals are not needed for; None: nothing."""
    whole: Condition
    words: Sequence[Pattern]
    """The rest, where it is words that the scanner can look for."""
    actors: Sequence[Pattern]

    def hits(self, names: list[str]) -> list[Hit]:
        """The newest of these files."""
        names, known = self.engine.actors.narrowed(names, self.actors)
        if not names:
            return []
        bounds = self.span.condition() & known
        if self.narrow == self.whole:
            return _keys(self.engine, names, bounds & self.whole, limit=self.limit)
        if self.narrow is None:
            return self._swept(names, bounds)
        candidates = _keys(self.engine, names, bounds & self.narrow, limit=_CANDIDATES + 1)
        if len(candidates) > _CANDIDATES:
            return self._swept(names, bounds)
        return _keys_among(self.engine, candidates, self.whole)[: self.limit] if candidates else []

    def _swept(self, names: list[str], bounds: Condition) -> list[Hit]:
        """By reading all originals, or those of the rows that the rest of the question leaves over."""
        if not self.words:
            return _keys(self.engine, names, bounds & self.whole, limit=self.limit)
        among = None if self.narrow is None else _rows(self.engine, names, bounds & self.narrow)
        return self.engine.scanner.hits(names, self.words, self.span, limit=self.limit, among=among)


def _group(files: list[StoredFile], rows: int) -> tuple[list[StoredFile], list[StoredFile]]:
    """The first files that hold about so many rows, and the rest."""
    total = 0
    for at, file in enumerate(files, start=1):
        total += file.rows
        if total >= rows:
            return files[:at], files[at:]
    return files, []


def _keys(engine: Engine, names: list[str], condition: Condition, *, limit: int) -> list[Hit]:
    sql = (
        "SELECT epoch_us(time), index, filename, file_row_number "  # noqa: S608 - compiled conditions hold no values
        "FROM read_parquet(?, filename = true, file_row_number = true) "
        f"WHERE {condition.sql} ORDER BY time DESC, index DESC LIMIT ?"
    )
    with engine.ask(sql, [[*map(location, names)], *condition.parameters, limit]) as answer:
        return [Hit(time_us, index, name_of(file), row) for time_us, index, file, row in answer.fetchall()]


def _rows(engine: Engine, names: list[str], condition: Condition) -> dict[str, pa.Array]:
    """The numbers of the rows that meet the condition, by file."""
    sql = f"SELECT file_row_number FROM read_parquet(?, file_row_number = true) WHERE {condition.sql}"  # noqa: S608 - as above
    found = {}
    for name in names:
        with engine.ask(sql, [[location(name)], *condition.parameters]) as answer:
            if len(rows := answer.to_arrow_table().column(0).combine_chunks()):
                found[name] = rows
    return found


def _keys_among(engine: Engine, candidates: list[Hit], condition: Condition) -> list[Hit]:
    """Those of the candidates that meet the condition, in the same order."""
    with engine.ask(*_picked(candidates, condition)) as answer:
        fitting = {index for (index,) in answer.fetchall()}
    return [key for key in candidates if key.index in fitting]


def _picked(keys: Sequence[Hit], condition: Condition) -> tuple[str, list[object]]:
    """A statement for the indexes of those of the keys' rows that meet the condition, by their place in their file.

    Each file has a reader of its own, unless there are many files with few keys each: then one reader for
    all is quicker, and the index tells the rows from others at the same place in another file.
    """
    places: dict[str, list[int]] = {}
    for key in sorted(keys, key=lambda key: (key.file, key.row)):
        places.setdefault(key.file, []).append(key.row)
    if len(places) > _MANY_FILES and len(keys) < _FEW_KEYS:
        sql = (
            "SELECT index FROM read_parquet(?, file_row_number = true) "  # noqa: S608 - nor do these
            f"WHERE file_row_number IN ({_marks(keys)}) AND index IN ({_marks(keys)}) AND {condition.sql}"
        )
        rows, indexes = [key.row for key in keys], [key.index for key in keys]
        return sql, [[*map(location, places)], *rows, *indexes, *condition.parameters]
    selects: list[str] = []
    parameters: list[object] = []
    for file, rows in places.items():
        selects.append(
            "SELECT index FROM read_parquet(?, file_row_number = true) "  # noqa: S608 - nor do these
            f"WHERE file_row_number IN ({_marks(rows)}) AND {condition.sql}"
        )
        parameters += [location(file), *rows, *condition.parameters]
    return " UNION ALL ".join(selects), parameters


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
