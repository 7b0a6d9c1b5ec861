"""All parts of a record in one stored column, which is what makes them small.

What a mapping copies from the original into other parts then compresses against its own row. Memory has them in
columns of their own, where anybody asks for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from affidavit.core.errors import VerificationError
from affidavit.lake.schema import APART, PARTS

if TYPE_CHECKING:
    from collections.abc import Iterator


FACTS, RAW = 3, 4
"""Where `apart` has these; actor, target and detail come before."""


def apart(parts: bytes) -> list[bytes]:
    """The parts of one stored value in their order; VerificationError where it does not hold them all as text."""
    found = parts.split(b"\n", RAW)
    try:
        parts.decode()
    except UnicodeDecodeError as error:
        raise VerificationError("a row of the lake is not text", code="lake-altered") from error
    if len(found) <= RAW:
        raise VerificationError("a row of the lake does not hold all parts", code="lake-altered")
    return found


def unpack(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Stored rows, of any columns, with the parts in columns of their own; an absent part is empty.

    VerificationError where a row does not hold all parts.
    """
    lines = pc.split_pattern(batch.column(PARTS), "\n", max_splits=len(APART) - 1)
    try:
        apart = [pc.list_element(lines, at).cast(pa.large_string()) for at in range(len(APART))]
    except pa.ArrowInvalid as error:
        raise VerificationError("a row of the lake does not hold all parts", code="lake-altered") from error
    return pa.RecordBatch.from_pydict(dict(_named(batch)) | dict(zip(APART, apart, strict=True)))


def _named(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.Array]]:
    return ((name, batch.column(name)) for name in batch.schema.names if name != PARTS)
