"""What the lake knows of each batch: where it lies in the log and in its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from affidavit.lake.sealed_files import location

if TYPE_CHECKING:
    from collections.abc import Sequence

    from affidavit.lake.engine import Engine
    from affidavit.lake.snapshot import StoredFile

_SQL = (
    "SELECT batch, min(source), count(*), min(index), max(index), min(seq), max(seq), min(epoch_us(received)) "
    "FROM read_parquet(?) WHERE index < ? AND batch > ? AND (? IS NULL OR batch <= ?) GROUP BY batch"
)


class StoredBatch(NamedTuple):
    """The records of one batch, as rows say."""

    batch: str
    source: str
    records: int
    first_index: int
    last_index: int
    first_seq: int
    last_seq: int
    received_us: int


def stored_batches(
    engine: Engine, files: Sequence[StoredFile], size: int, *, after: str, upto: str | None
) -> list[StoredBatch]:
    """Every batch with records of an index below `size` whose id is in (`after`, `upto`], in no order."""
    if not files:
        return []
    with engine.ask(_SQL, [[location(file.name) for file in files], size, after, upto, upto]) as answer:
        return [StoredBatch(*row) for row in answer.fetchall()]
