"""What a manifest states about its records, counted: in one way by whoever makes a bundle and whoever verifies it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from affidavit.core.clock import isoformat
from affidavit.core.errors import VerificationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from affidavit.formats.bundle.records import BundledRecord
    from affidavit.formats.record.entry import Entry

_MAX_MS = 253_402_300_799_999


class Tally:
    """Counts entries in the order of their indexes, then records."""

    def __init__(self, in_period: Callable[[int], bool]) -> None:
        """`in_period` says of a time of receipt whether it was asked for."""
        self._in_period = in_period
        self._entries = 0
        self._period = 0
        self._matching = 0
        self._sources: dict[str, dict[str, Any]] = {}
        self._mappers: dict[str, int] = {}
        self._kinds: dict[str, int] = {}
        self._received: tuple[int, int] | None = None
        self._occurred: tuple[int, int] | None = None

    @property
    def period(self) -> int:
        """Entries that were received in the period."""
        return self._period

    @property
    def matching(self) -> int:
        """Records."""
        return self._matching

    def add_entry(self, index: int, entry: Entry) -> None:
        """The next entry; VerificationError, code `seq-hole`, where its source's `seq` does not go on."""
        self._entries += 1
        self._period += self._in_period(entry.received_us)
        self._mappers[entry.mapper] = self._mappers.get(entry.mapper, 0) + 1
        self._kinds[entry.kind] = self._kinds.get(entry.kind, 0) + 1
        source = self._sources.get(entry.source)
        if source is None:
            self._sources[entry.source] = {
                "source": entry.source, "entries": 1, "matching": 0, "first_index": index, "last_index": index,
                "first_seq": entry.seq, "last_seq": entry.seq, "holes": 0,
            }  # fmt: skip
            return
        if entry.seq != source["last_seq"] + 1:
            raise VerificationError(
                f"entry {index}: source {entry.source} goes from seq {source['last_seq']} to {entry.seq}",
                code="seq-hole",
            )
        source["entries"] += 1
        source["last_index"] = index
        source["last_seq"] = entry.seq

    def add_record(self, entry: Entry, record: BundledRecord, facts: dict[str, Any] | None) -> None:
        """The next record, with its entry; its class, where the facts are shown, has to be the entry's."""
        self._matching += 1
        self._sources[entry.source]["matching"] += 1
        self._received = _widened(self._received, entry.received_us)
        if facts is not None:
            if facts.get("class_uid") != entry.class_uid:
                raise VerificationError(
                    f"record {record.at} is not of the class {entry.class_uid} that its entry says",
                    code="class-differs",
                )
            time_ms = time_of(facts)
            if time_ms is not None:
                self._occurred = _widened(self._occurred, time_ms)

    def stated(self) -> dict[str, Any]:
        """The members of the manifest that speak of the records."""
        return {
            "counts": {"entries": self._entries, "in_period": self._period, "matching": self._matching},
            "kinds": self._kinds,
            "mappers": self._mappers,
            "occurred": _bounds(self._occurred, 1000),
            "received": _bounds(self._received, 1),
            "sources": [self._sources[name] for name in sorted(self._sources)],
        }


def time_of(facts: dict[str, Any]) -> int | None:
    """`time` in milliseconds since 1970; None for a time that is none, or beyond year 9999."""
    time_ms = facts.get("time")
    return time_ms if type(time_ms) is int and 0 <= time_ms <= _MAX_MS else None


def _widened(bounds: tuple[int, int] | None, value: int) -> tuple[int, int]:
    if bounds is None:
        return value, value
    if bounds[0] <= value <= bounds[1]:
        return bounds
    return min(bounds[0], value), max(bounds[1], value)


def _bounds(bounds: tuple[int, int] | None, unit_us: int) -> dict[str, str | None]:
    if bounds is None:
        return {"max": None, "min": None}
    return {"max": isoformat(bounds[1] * unit_us), "min": isoformat(bounds[0] * unit_us)}
