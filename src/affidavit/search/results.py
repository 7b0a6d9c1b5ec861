"""A row of the lake as the one JSON object that search prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from affidavit.core.clock import isoformat
from affidavit.core.ids import uuid_text

if TYPE_CHECKING:
    from affidavit.lake.segment import Found

_text = msgspec.json.Encoder().encode


def line(row: Found) -> bytes:
    """`{"index", "record", "source", "kind", "received", "event", "raw"}`; the event is merged from the parts.

    The parts are JSON objects without a common attribute, so joining their insides is the merge.
    """
    event = b",".join(part[1:-1] for part in (row.facts, row.actor, row.target, row.detail) if len(part) > 2)  # noqa: PLR2004 - {}
    return b'{"index":%d,"record":"%b","source":"%b","kind":"%b","received":"%b","event":{%b},"raw":%b}' % (
        row.index,
        uuid_text(row.record).encode(),
        row.source.encode(),
        row.kind.encode(),
        isoformat(row.received_us).encode(),
        event,
        _text(row.raw.decode()) if row.raw else b"null",
    )
