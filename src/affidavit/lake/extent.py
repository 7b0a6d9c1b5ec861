"""Which indexes a period of receipt spans, and which of them fit a predicate: what evidence is cut from."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from affidavit.lake.compile import TRUE, Condition, compile_predicate
from affidavit.lake.sealed_files import location

if TYPE_CHECKING:
    from collections.abc import Sequence

    from affidavit.lake.engine import Engine
    from affidavit.lake.predicate import Predicate
    from affidavit.lake.snapshot import StoredFile

_DAY_US = 86_400_000_000


def extent(
    engine: Engine, files: Sequence[StoredFile], *, since_us: int | None, until_us: int | None, size: int
) -> tuple[int, int]:
    """The indexes [first, end) below `size` that hold every record received in the period.

    Where there is none, both are the index at which it would stand.
    """
    condition = Condition("index < ?", (size,))
    if since_us is not None:
        condition &= Condition("received >= make_timestamptz(?::BIGINT)", (since_us,))
    if until_us is not None:
        condition &= Condition("received < make_timestamptz(?::BIGINT)", (until_us,))
    near = [
        file
        for file in files
        if file.min_index < size
        and (since_us is None or file.max_received_us >= since_us)
        and (until_us is None or file.day * _DAY_US < until_us)
    ]
    first, last = _ends(engine, near, condition)
    if first is not None and last is not None:
        return first, last + 1
    if since_us is None:
        return 0, 0
    before = Condition("received < make_timestamptz(?::BIGINT)", (since_us,)) & Condition(
        "index < ?", (size,)
    )
    _, last = _ends(engine, [file for file in files if file.day * _DAY_US < since_us], before)
    at = 0 if last is None else last + 1
    return at, at


def fitting(
    engine: Engine, files: Sequence[StoredFile], predicate: Predicate, *, first: int, end: int
) -> array[int]:
    """The indexes within [first, end) of the records that fit, in no order."""
    near = [file for file in files if file.min_index < end and file.max_index >= first]
    found = array("q")
    if near:
        condition = TRUE & Condition("index >= ? AND index < ?", (first, end)) & compile_predicate(predicate)
        sql = f"SELECT index FROM read_parquet(?) WHERE {condition.sql}"  # noqa: S608 - compiled conditions hold no values
        with engine.ask(sql, [_names(near), *condition.parameters]) as answer:
            for batch in answer.to_arrow_reader():
                found.extend(batch.column(0).to_pylist())
    return found


def _ends(engine: Engine, files: Sequence[StoredFile], condition: Condition) -> tuple[int | None, int | None]:
    if not files:
        return None, None
    sql = f"SELECT min(index), max(index) FROM read_parquet(?) WHERE {condition.sql}"  # noqa: S608 - nor do these
    with engine.ask(sql, [_names(files), *condition.parameters]) as answer:
        ((first, last),) = answer.fetchall()
    return first, last


def _names(files: Sequence[StoredFile]) -> list[str]:
    return [location(file.name) for file in files]
