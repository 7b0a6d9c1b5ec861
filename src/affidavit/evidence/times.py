"""Times of records against those of the kept checkpoints around them: who dates back contradicts one of them.

A checkpoint that is stamped cannot be made later, so what it covers was there, and its own time was stated, by then:

- no record below its size was received or sealed later than the stamp,
- no record from its size on was sealed earlier than the checkpoint was signed,
- records come in the order in which they were received, so none from its size on was received earlier than those below.

Clocks step and uploads take their time: differences below the tolerances are none. Affidavit's own records may wait for
the sealer, so the third rule leaves them out.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from sys import maxsize
from typing import TYPE_CHECKING, Protocol

from affidavit.core.clock import isoformat
from affidavit.core.ids import OWN_SOURCE
from affidavit.evidence.report import Difference
from affidavit.formats.record.placing import ends as plain_ends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from affidavit.evidence.kept import Kept

CLOCK_US = 300 * 1_000_000
"""Five minutes: how far the server's clock may step, or be off the authority's."""
UPLOAD_US = 3600 * 1_000_000
"""One hour: a record is dated when its upload began, and queued when that ended."""
_CODE = "time-contradicts"


class Timed(Protocol):
    """Rows in the order of the log, in columns of native integers, alike long."""

    @property
    def index(self) -> memoryview[int]: ...  # noqa: D102 - a column of the record

    @property
    def received_us(self) -> memoryview[int]: ...  # noqa: D102 - a column of the record

    @property
    def sealed_us(self) -> memoryview[int]: ...  # noqa: D102 - a column of the record

    @property
    def source(self) -> memoryview[int]:
        """Which of the sources it has."""

    @property
    def sources(self) -> Sequence[str]: ...  # noqa: D102 - what the rows have


class Ends(Protocol):
    """As formats.record.placing.ends."""

    def __call__(  # noqa: D102 - as above
        self, values: memoryview[int], groups: memoryview[int], group: int, /, *, but: bool = False
    ) -> tuple[int, int] | None: ...


_NEVER, _ALWAYS, _NOWHERE = maxsize, -maxsize, -1


@dataclass(slots=True)
class Span:
    """The earliest and latest of some records, each with the record's index; beyond all times where there is none."""

    first_received: int = _NEVER
    """Of sources other than Affidavit itself."""
    first_received_at: int = _NOWHERE
    last_received: int = _ALWAYS
    """Likewise."""
    last_received_at: int = _NOWHERE
    first_sealed: int = _NEVER
    first_sealed_at: int = _NOWHERE
    latest: int = _ALWAYS
    """Received or sealed, of any source; `settle` counts in what was received from others."""
    latest_at: int = _NOWHERE

    def settle(self) -> None:
        """Count what was received last among the latest."""
        if self.last_received > self.latest:
            self.latest, self.latest_at = self.last_received, self.last_received_at

    def join(self, other: Span) -> None:
        """Both together."""
        if other.first_received < self.first_received:
            self.first_received, self.first_received_at = other.first_received, other.first_received_at
        if other.last_received > self.last_received:
            self.last_received, self.last_received_at = other.last_received, other.last_received_at
        if other.first_sealed < self.first_sealed:
            self.first_sealed, self.first_sealed_at = other.first_sealed, other.first_sealed_at
        if other.latest > self.latest:
            self.latest, self.latest_at = other.latest, other.latest_at


@dataclass(slots=True)
class Times:
    """The times of records, gathered between one kept size and the next."""

    sizes: list[int]
    """Of the kept checkpoints, ascending."""
    spans: dict[int, Span] = field(default_factory=dict)
    """By how many of the sizes lie at or below the records' indexes."""

    def note(self, rows: Timed, ends: Ends = plain_ends) -> None:
        """The times of these rows; `ends` finds the earliest and the latest."""
        own = rows.sources.index(OWN_SOURCE) if OWN_SOURCE in rows.sources else _NOWHERE
        at = 0
        while at < len(rows.index):
            place = bisect_right(self.sizes, rows.index[at])
            end = len(rows.index)
            if place < len(self.sizes):
                end = bisect_left(rows.index, self.sizes[place], at)
            self.spans.setdefault(place, Span()).join(_span(rows, slice(at, end), own, ends))
            at = end

    def join(self, other: Times) -> None:
        """What was gathered elsewhere, between the same sizes."""
        for at, span in other.spans.items():
            self.spans.setdefault(at, Span()).join(span)


def check_times(kept: Sequence[Kept], times: Times) -> list[Difference]:
    """What contradicts the kept checkpoints, which ascend by size."""
    differences = []
    for before, after in pairwise(kept):
        if after.signed_us < before.signed_us - CLOCK_US:
            differences.append(_order(before.size, after.size, "signed", before.signed_us, after.signed_us))
    stamped = [(each, each.stamp) for each in kept if each.stamp is not None]
    for (before, first), (after, second) in pairwise(stamped):
        if second.time_us + second.accuracy_us < first.time_us - first.accuracy_us:
            differences.append(_order(before.size, after.size, "stamped", first.time_us, second.time_us))
    for each, stamp in stamped:
        if each.signed_us > stamp.time_us + stamp.accuracy_us + CLOCK_US:
            where, when = f"kept checkpoint {each.size}", _told(each.signed_us)
            differences.append(
                Difference(_CODE, where, f"says {when}, after its timestamp of {_told(stamp.time_us)}")
            )
    return differences + _check_records(kept, times)


def _check_records(kept: Sequence[Kept], times: Times) -> list[Difference]:
    below, above = _running(times)
    differences: dict[int, Difference] = {}

    def found(index: int, time_us: int, what: str) -> None:
        said = Difference(_CODE, f"record {index}", f"says {_told(time_us)}, {what}")
        differences.setdefault(index, said)

    for each in kept:
        at = bisect_right(times.sizes, each.size)  # spans below this one hold the records that it covers
        covered, later = below[at], above[at]
        if each.stamp is not None and covered.latest > each.stamp.time_us + each.stamp.accuracy_us + CLOCK_US:
            when = _told(each.stamp.time_us)
            found(
                covered.latest_at,
                covered.latest,
                f"but checkpoint {each.size} covers it and was stamped at {when}",
            )
        if later.first_sealed < each.signed_us - CLOCK_US:
            when = _told(each.signed_us)
            found(
                later.first_sealed_at,
                later.first_sealed,
                f"but checkpoint {each.size} was signed at {when} without it",
            )
        if later.first_received < covered.last_received - UPLOAD_US:
            found(
                later.first_received_at,
                later.first_received,
                f"but checkpoint {each.size} does not cover it and covers record {covered.last_received_at} "
                f"of {_told(covered.last_received)}",
            )
    return list(differences.values())


def _running(times: Times) -> tuple[list[Span], list[Span]]:
    """For each place, everything below it and everything from it on."""
    count = len(times.sizes) + 1
    below, above = [Span()], [Span()]
    for at in range(count):
        span = Span()
        span.join(below[-1])
        span.join(times.spans.get(at, Span()))
        span.settle()
        below.append(span)
        span = Span()
        span.join(above[-1])
        span.join(times.spans.get(count - 1 - at, Span()))
        above.append(span)
    above.reverse()
    return below, above


def _span(rows: Timed, those: slice, own: int, ends: Ends) -> Span:
    """Of those rows; the source numbered `own` is Affidavit itself."""
    index, source = rows.index[those], rows.source[those]
    received_us, sealed_us = rows.received_us[those], rows.sealed_us[those]
    span = Span()
    received = ends(received_us, source, own, but=True)
    if received is not None:
        first, last = received
        span.first_received, span.first_received_at = received_us[first], index[first]
        span.last_received, span.last_received_at = received_us[last], index[last]
    sealed = ends(sealed_us, source, _NOWHERE, but=True)
    if sealed is not None:
        first, last = sealed
        span.first_sealed, span.first_sealed_at = sealed_us[first], index[first]
        span.latest, span.latest_at = sealed_us[last], index[last]
    said = None if own == _NOWHERE else ends(received_us, source, own)
    if said is not None and received_us[said[1]] > span.latest:
        span.latest, span.latest_at = received_us[said[1]], index[said[1]]
    return span


def _order(smaller: int, larger: int, what: str, first_us: int, second_us: int) -> Difference:
    return Difference(
        _CODE,
        f"kept checkpoint {larger}",
        f"was {what} at {_told(second_us)}, and the smaller one of size {smaller} at {_told(first_us)}",
    )


def _told(time_us: int) -> str:
    """The time for a person, be it one that no calendar has."""
    try:
        return isoformat(time_us)
    except OverflowError:
        return f"{time_us} microseconds since 1970"
