"""What readers ask of the sealed records, and what they get; the same in process and across processes."""

from __future__ import annotations

from typing import Protocol

import msgspec

from affidavit.formats.record.parts import Parts
from affidavit.formats.record.seal import body_digest, entry


class Wanted(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A search: the query as it was typed, and how much of its result."""

    query: str = ""
    since: str | None = None
    until: str | None = None
    limit: int = 1000
    cursor: str | None = None


class Page(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """Matching records, newest first, each as one JSON object; `next` is None where nothing more matches."""

    lines: list[bytes]
    next: str | None


class StoredRecord(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """One record as it lies in the lake."""

    index: int
    record: bytes
    salt: bytes
    kind: str
    source: str
    class_uid: int
    mapper: str
    seq: int
    received_us: int
    sealed_us: int
    batch: str
    parts: Parts

    def entry(self) -> bytes:
        """The entry that the record's leaf commits to, computed from the parts."""
        return entry(
            body=body_digest(self.salt, **self.parts._asdict()),
            class_uid=self.class_uid,
            kind=self.kind,
            mapper=self.mapper,
            received_us=self.received_us,
            record=self.record,
            seq=self.seq,
            source=self.source,
        )


class Reader(Protocol):
    """Answers readers of one tenant from sealed records only."""

    def page(self, wanted: Wanted) -> Page:
        """One page of a search; QueryError where the query does not parse."""
        ...

    def rows(self, first: int, end: int) -> list[StoredRecord]:
        """The records of index `first` up to, not including, `end`, in order."""
        ...
