"""Entries read back: the nine members, in the one spelling that there is (docs/spec/record.md, Entry)."""

from __future__ import annotations

import re
from typing import NamedTuple

from affidavit.core.canonical import MAX_INTEGER
from affidavit.core.errors import RecordError

_NUMBER = rb"(0|[1-9][0-9]{0,15})"
_KINDS = rb"event|heartbeat|gap|drop|erasure|disposal|hold|key|config|access|finding|remap"
_ENTRY = re.compile(
    (
        rb'\{"body":"([0-9a-f]{64})","class":%b,"kind":"(%b)","mapper":"([a-z0-9._/-]{1,128})","received":%b,'
        rb'"record":"([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})","seq":%b,'
        rb'"source":"([a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?)","v":1\}' % (_NUMBER, _KINDS, _NUMBER, _NUMBER)
    ).decode()
)


class Entry(NamedTuple):
    """What the log holds of one record."""

    body: str
    """32 bytes in hexadecimal digits."""
    class_uid: int
    kind: str
    mapper: str
    received_us: int
    record: str
    """The UUID's text."""
    seq: int
    source: str


def parse_entry(data: bytes) -> Entry:
    """The entry that `data` spells; RecordError, code `entry-format`, for any other bytes."""
    match = _ENTRY.fullmatch(data.decode("latin-1"))
    if match is None:
        raise RecordError(f"{data[:100]!a} is not an entry", code="entry-format")
    body, class_uid, kind, mapper, received, record, seq, source = match.groups()
    numbers = int(class_uid), int(received), int(seq)
    if max(numbers) > MAX_INTEGER:
        raise RecordError("an entry holds a number beyond 2^53 - 1", code="entry-format")
    return Entry(body, numbers[0], kind, mapper, numbers[1], record, numbers[2], source)
