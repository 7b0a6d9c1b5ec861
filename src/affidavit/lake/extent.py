"""Which indexes a period of receipt spans, and which of them fit a predicate: what evidence is cut from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.lake.hits import Every, Span
from affidavit.lake.sealed_files import location
from affidavit.lake.select import Question

if TYPE_CHECKING:
    from array import array
    from collections.abc import Mapping, Sequence

    from affidavit.lake.engine import Engine
    from affidavit.lake.predicate import Predicate
    from affidavit.lake.snapshot import StoredFile

_DAY_US = 86_400_000_000
_SINCE, _UNTIL = (f"received {sign} make_timestamptz(?::BIGINT)" for sign in (">=", "<"))


def extent(
    engine: Engine, files: Sequence[StoredFile], *, since_us: int | None, until_us: int | None, size: int
) -> tuple[int, int]:
    """The indexes [first, end) below `size` that hold every record received in the period.

    Where there is none, both are the index at which it would stand.
    """
    bounds = {"index < ?": size, _SINCE: since_us, _UNTIL: until_us}
    near = [
        file
        for file in files
        if file.min_index < size
        and (since_us is None or file.max_received_us >= since_us)
        and (until_us is None or file.day * _DAY_US < until_us)
    ]
    first, last = _ends(engine, near, bounds)
    if first is not None and last is not None:
        return first, last + 1
    if since_us is None:
        return 0, 0
    before = [file for file in files if file.day * _DAY_US < since_us]
    _, last = _ends(engine, before, {"index < ?": size, _UNTIL: since_us})
    at = 0 if last is None else last + 1
    return at, at


def fitting(
    engine: Engine, files: Sequence[StoredFile], predicate: Predicate, *, first: int, end: int
) -> array[int]:
    """The indexes within [first, end) of the records that fit, in no order."""
    near = [file.name for file in files if file.min_index < end and file.max_index >= first]
    found = Every()
    Question(engine, predicate, Span(from_index=first, below_index=end)).ask(near, found)
    return found.indexes


def _ends(
    engine: Engine, files: Sequence[StoredFile], bounds: Mapping[str, int | None]
) -> tuple[int | None, int | None]:
    """The least and the greatest index within the bounds, of which those that are None do not count."""
    if not files:
        return None, None
    given = {sql: bound for sql, bound in bounds.items() if bound is not None}
    sql = f"SELECT min(index), max(index) FROM read_parquet(?) WHERE {' AND '.join(given)}"  # noqa: S608 - constants
    with engine.ask(sql, [[location(file.name) for file in files], *given.values()]) as answer:
        ((first, last),) = answer.fetchall()
    return first, last
