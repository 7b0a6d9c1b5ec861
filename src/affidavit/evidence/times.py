"""Times of records against those of the kept checkpoints around them: who dates back contradicts one of them.

A checkpoint that is stamped cannot be made later, so what it covers was there, and its own time was stated, by then:

- no record below its size was received or sealed later than the stamp,
- no record from its size on was sealed earlier than the checkpoint was signed,
- records come in the order in which they were received, so none from its size on was received earlier than those below.

Clocks step and uploads take their time: differences below the tolerances are none. Affidavit's own records may wait for
the sealer, so the third rule leaves them out.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from affidavit.core.clock import isoformat
from affidavit.core.ids import OWN_SOURCE
from affidavit.evidence.report import Difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from affidavit.evidence.kept import Kept

CLOCK_US = 300 * 1_000_000
"""Five minutes: how far the server's clock may step, or be off the authority's."""
UPLOAD_US = 3600 * 1_000_000
"""One hour: a record is dated when its upload began, and queued when that ended."""
_CODE = "time-contradicts"


class Timed(Protocol):
    """Stored rows in columns, alike long."""

    @property
    def index(self) -> Sequence[int]: ...  # noqa: D102 - a column of the record

    @property
    def source(self) -> Sequence[str]: ...  # noqa: D102 - a column of the record

    @property
    def received_us(self) -> Sequence[int]: ...  # noqa: D102 - a column of the record

    @property
    def sealed_us(self) -> Sequence[int]: ...  # noqa: D102 - a column of the record


_Block = TypeVar("_Block", bound=Timed)


class Moment(NamedTuple):
    """When something is said to have happened to a record."""

    time_us: int
    record: int
    """Its index."""


@dataclass(slots=True)
class Span:
    """The earliest and latest of some records; None where there is none."""

    first_received: Moment | None = None
    """Of sources other than Affidavit itself."""
    last_received: Moment | None = None
    """Likewise."""
    first_sealed: Moment | None = None
    latest: Moment | None = None
    """Received or sealed, of any source."""

    def join(self, other: Span) -> None:
        """Both together."""
        self.first_received = _pick(min, self.first_received, other.first_received)
        self.last_received = _pick(max, self.last_received, other.last_received)
        self.first_sealed = _pick(min, self.first_sealed, other.first_sealed)
        self.latest = _pick(max, self.latest, other.latest)


@dataclass(slots=True)
class Times:
    """The times of records, gathered between one kept size and the next."""

    sizes: list[int]
    """Of the kept checkpoints, ascending."""
    spans: dict[int, Span] = field(default_factory=dict)
    """By how many of the sizes lie at or below the records' indexes."""

    def watch(self, blocks: Iterable[_Block]) -> Iterator[_Block]:
        """The same blocks, their times noted as they pass."""
        for block in blocks:
            self._note(block)
            yield block

    def join(self, other: Times) -> None:
        """What was gathered elsewhere, between the same sizes."""
        for at, span in other.spans.items():
            self.spans.setdefault(at, Span()).join(span)

    def _note(self, block: Timed) -> None:
        if not len(block.index):
            return
        ends = {bisect_right(self.sizes, index) for index in (min(block.index), max(block.index))}
        groups: dict[int, Sequence[int]]
        if len(ends) == 1:
            groups = {ends.pop(): range(len(block.index))}
        else:
            places = [bisect_right(self.sizes, index) for index in block.index]
            groups = {at: [row for row, place in enumerate(places) if place == at] for at in set(places)}
        for at, rows in groups.items():
            self.spans.setdefault(at, Span()).join(_span(block, rows))


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
            where, when = f"kept checkpoint {each.size}", isoformat(each.signed_us)
            differences.append(
                Difference(_CODE, where, f"says {when}, after its timestamp of {isoformat(stamp.time_us)}")
            )
    return differences + _check_records(kept, times)


def _check_records(kept: Sequence[Kept], times: Times) -> list[Difference]:
    below, above = _running(times)
    differences: dict[int, Difference] = {}

    def found(moment: Moment, what: str) -> None:
        said = Difference(_CODE, f"record {moment.record}", f"says {isoformat(moment.time_us)}, {what}")
        differences.setdefault(moment.record, said)

    for each in kept:
        at = bisect_right(times.sizes, each.size)  # spans below this one hold the records that it covers
        covered, later = below[at], above[at]
        if each.stamp is not None and covered.latest is not None:
            until_us = each.stamp.time_us + each.stamp.accuracy_us
            if covered.latest.time_us > until_us + CLOCK_US:
                found(
                    covered.latest,
                    f"but checkpoint {each.size} covers it and was stamped at {isoformat(each.stamp.time_us)}",
                )
        if later.first_sealed is not None and later.first_sealed.time_us < each.signed_us - CLOCK_US:
            found(
                later.first_sealed,
                f"but checkpoint {each.size} was signed at {isoformat(each.signed_us)} without it",
            )
        first, last = later.first_received, covered.last_received
        if first is not None and last is not None and first.time_us < last.time_us - UPLOAD_US:
            found(
                first,
                f"but checkpoint {each.size} does not cover it and covers record {last.record} "
                f"of {isoformat(last.time_us)}",
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
        below.append(span)
        span = Span()
        span.join(above[-1])
        span.join(times.spans.get(count - 1 - at, Span()))
        above.append(span)
    above.reverse()
    return below, above


def _span(block: Timed, rows: Sequence[int]) -> Span:
    """Of those rows of the block."""
    others = rows
    if OWN_SOURCE in block.source:
        others = [row for row in rows if block.source[row] != OWN_SOURCE]
    last_received = _extreme(max, block.received_us, block.index, rows)
    return Span(
        first_received=_extreme(min, block.received_us, block.index, others),
        last_received=last_received
        if others is rows
        else _extreme(max, block.received_us, block.index, others),
        first_sealed=_extreme(min, block.sealed_us, block.index, rows),
        latest=_pick(max, last_received, _extreme(max, block.sealed_us, block.index, rows)),
    )


def _extreme(
    choose: Callable[[Iterable[int]], int],
    times_us: Sequence[int],
    indexes: Sequence[int],
    rows: Sequence[int],
) -> Moment | None:
    """The earliest or latest of those rows."""
    if not rows:
        return None
    if len(rows) != len(times_us):
        times_us, indexes = [times_us[row] for row in rows], [indexes[row] for row in rows]
    time_us = choose(times_us)
    return Moment(time_us, indexes[times_us.index(time_us)])


def _pick(
    choose: Callable[[Moment, Moment], Moment], one: Moment | None, other: Moment | None
) -> Moment | None:
    if one is None or other is None:
        return one or other
    return choose(one, other)


def _order(smaller: int, larger: int, what: str, first_us: int, second_us: int) -> Difference:
    return Difference(
        _CODE,
        f"kept checkpoint {larger}",
        f"was {what} at {isoformat(second_us)}, and the smaller one of size {smaller} at {isoformat(first_us)}",
    )
