"""The query columns of what is to be stored, by the native kernel where it is certain and in Python where not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from affidavit.core.errors import RecordError
from affidavit.formats.record.columns import Columns, derive
from affidavit.formats.record.sealed import PART_ORDER, no_cut
from affidavit.lake.schema import QUERY_COLUMNS, STORED
from affidavit.native.derive import derived

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from affidavit.formats.record.strings import Strings
    from affidavit.native.derive import Derived

_US_PER_MS = 1000
_DERIVED_AS = {"time": "time_us"}
_TYPES = [pa.int64() if name == "time" else STORED.field(name).type for name in QUERY_COLUMNS]


def query_columns(parts: Strings) -> list[pa.Array]:
    """QUERY_COLUMNS of the records with these parts, `time` in plain microseconds.

    RecordError where a part breaks its specification, or a value does not fit its column.
    """
    found = derived(parts)
    if found is None:
        return arrays_of(_derive(parts))
    if not found.doubtful:
        return _arrays(found, parts.count)
    certain = _arrays(found, parts.count)
    doubtful = arrays_of(_derive(parts.value(row) for row in found.doubtful))
    places = list(range(parts.count))
    for at, row in enumerate(found.doubtful):
        places[row] = parts.count + at
    taken = pa.array(places, pa.int32())
    return [pa.concat_arrays(pair).take(taken) for pair in zip(certain, doubtful, strict=True)]


def arrays_of(columns: Iterable[Columns]) -> list[pa.Array]:
    """Derived columns, of at least one record, as `query_columns` returns them."""
    by_name: Sequence[Sequence[Any]] = list(zip(*columns, strict=True))
    times = list(map(_US_PER_MS.__mul__, by_name[0]))
    try:
        return list(map(pa.array, (times, *by_name[1:]), _TYPES))
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        raise RecordError(f"a record does not fit the lake's columns: {error}") from error


def _derive(parts: Iterable[bytes]) -> list[Columns]:
    columns = []
    for value in parts:
        part = dict(zip(PART_ORDER, value.split(b"\n", len(PART_ORDER) - 1), strict=False))
        if len(part) < len(PART_ORDER):
            raise no_cut()
        columns.append(derive(part["facts"], part["actor"], part["target"]))
    return columns


def _arrays(found: Derived, count: int) -> list[pa.Array]:
    arrays = []
    for name, kind in zip(QUERY_COLUMNS, _TYPES, strict=True):
        word = found.words.get(name)
        if word is None:
            buffers = [None, pa.py_buffer(found.integers[_DERIVED_AS.get(name, name)])]
        else:
            buffers = list(map(pa.py_buffer, (word.known, word.offsets, word.data)))
        arrays.append(pa.Array.from_buffers(kind, count, buffers))
    return arrays
