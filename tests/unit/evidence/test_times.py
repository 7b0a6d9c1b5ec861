"""Records that are dated back or ahead contradict the kept checkpoints around them; honest ones never do."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.ids import OWN_SOURCE
from affidavit.evidence.kept import Kept
from affidavit.evidence.times import Times, check_times
from affidavit.formats.rfc3161 import Timestamp
from affidavit.native import placing as native

if TYPE_CHECKING:
    from collections.abc import Sequence

S = 1_000_000
T0 = 1_795_424_400 * S
MINUTE, HOUR, DAY = 60 * S, 3600 * S, 86_400 * S


@dataclass
class Block:
    """Rows, in columns."""

    index: list[int] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    received_us: list[int] = field(default_factory=list)
    sealed_us: list[int] = field(default_factory=list)

    def add(self, index: int, received_us: int, sealed_us: int, source: str = "okta") -> None:
        """One more row."""
        self.index.append(index)
        self.source.append(source)
        self.received_us.append(received_us)
        self.sealed_us.append(sealed_us)


class Ordered:
    """The same in the order of the log, as it is handed over."""

    def __init__(self, block: Block) -> None:
        rows = sorted(zip(block.index, block.received_us, block.sealed_us, block.source, strict=True))
        self.sources = list(dict.fromkeys(block.source))
        self.index = memoryview(array("q", [row[0] for row in rows]))
        self.received_us = memoryview(array("q", [row[1] for row in rows]))
        self.sealed_us = memoryview(array("q", [row[2] for row in rows]))
        self.source = memoryview(array("i", [self.sources.index(row[3]) for row in rows]))


def _stamp(time_us: int) -> Timestamp:
    return Timestamp(time_us=time_us, policy="1.2.3", serial=1, tsa="CN=Test", accuracy_us=S)


def honest() -> tuple[list[Kept], Block]:
    """A hundred minutes of ten records each; a checkpoint a minute, stamped two seconds later."""
    kept, block = [], Block()
    for minute in range(100):
        for at in range(10):
            received = T0 + minute * MINUTE + at * S
            block.add(minute * 10 + at, received, received + S // 4)
        signed = (T0 + minute * MINUTE + 10 * S) // S * S
        kept.append(Kept(minute * 10 + 10, signed, _stamp(signed + 2 * S)))
    return kept, block


def found(kept: Sequence[Kept], *blocks: Block) -> dict[str, str]:
    """What is said of which record or checkpoint; in pieces and joined, as the processes of verify do."""
    times = Times([each.size for each in kept])
    for block in blocks:
        part, other = Times(times.sizes), Times(times.sizes)
        part.note(Ordered(block))
        other.note(Ordered(block), native.ends)
        assert part == other
        times.join(part)
    differences = check_times(kept, times)
    assert {difference.code for difference in differences} <= {"time-contradicts"}
    return {difference.where: difference.what for difference in differences}


def test_honest_records_contradict_nothing() -> None:
    """No false alarm, with stamps and without, nor while nothing is kept at all."""
    kept, block = honest()
    assert found(kept, block) == {}
    assert found([each._replace(stamp=None) for each in kept], block) == {}
    assert found([], block) == {}
    assert found(kept) == {}


def test_back_dated_record_appended_later_is_found() -> None:
    """A record of today that says it came yesterday stands behind a checkpoint that covers later ones."""
    kept, block = honest()
    block.add(1000, T0 - DAY, T0 + 100 * MINUTE)
    assert "does not cover it" in found(kept, block)["record 1000"]


def test_back_dated_sealing_is_found() -> None:
    """A clock set back for sealing too contradicts the time in a checkpoint that is stamped."""
    kept, block = honest()
    later = Block()
    later.add(1000, T0 - DAY, T0 - DAY + S, source=OWN_SOURCE)
    assert "without it" in found(kept, block, later)["record 1000"]


def test_record_dated_ahead_is_found() -> None:
    """What a stamped checkpoint covers cannot have come after the stamp."""
    kept, block = honest()
    block.received_us[505] += DAY
    assert "covers it and was stamped" in found(kept, block)["record 505"]
    unstamped = [each._replace(stamp=None) for each in kept]
    assert "record 505" not in found(unstamped, block)  # but everything behind it seems to come too early
    assert found(unstamped, block)


def test_checkpoints_out_of_their_order_are_found() -> None:
    """Times of signing and stamps ascend with the size, and no checkpoint is signed after its stamp."""
    kept, block = honest()
    earlier = kept[60]._replace(signed_us=T0 - DAY)
    assert "was signed at" in found([*kept[:60], earlier, *kept[61:]], block)["kept checkpoint 610"]
    earlier = kept[60]._replace(signed_us=T0, stamp=_stamp(T0 + S))
    assert "was stamped at" in found([*kept[:60], earlier, *kept[61:]], block)["kept checkpoint 610"]
    later = kept[99]._replace(signed_us=kept[99].signed_us + HOUR)
    assert "after its timestamp" in found([*kept[:99], later], block)["kept checkpoint 1000"]


@pytest.mark.parametrize("step_us", [-4 * MINUTE, 4 * MINUTE])
def test_a_clock_that_steps_by_minutes_is_no_alarm(step_us: int) -> None:
    """The server's clock is off the authority's by less than five minutes from half-way on."""
    kept, block = honest()
    for column in (block.received_us, block.sealed_us):
        column[500:] = [time_us + step_us for time_us in column[500:]]
    stepped = [each._replace(signed_us=each.signed_us + step_us) for each in kept[50:]]
    assert found([*kept[:50], *stepped], block) == {}


def test_an_hours_upload_and_a_long_backlog_are_no_alarm() -> None:
    """A body that took 59 minutes, and a sealer that was down for a day while records waited in order."""
    kept, block = honest()
    block.received_us[900:910] = [block.received_us[900] - 59 * MINUTE] * 10
    for at in range(1000, 1010):
        block.add(at, T0 + 101 * MINUTE + at, T0 + DAY)
    block.add(1010, T0 + 102 * MINUTE, T0 + DAY, source=OWN_SOURCE)
    kept.append(Kept(1005, T0 + DAY, _stamp(T0 + DAY + S)))
    assert found(kept, block) == {}


@given(st.integers(0, 998), st.integers(2 * HOUR, 100 * DAY), st.booleans())
def test_any_record_dated_off_by_hours_is_found(at: int, off_us: int, back: bool) -> None:
    """Wherever it stands; dated back only where a checkpoint stands before it to contradict."""
    kept, block = honest()
    block.received_us[at] += -off_us if back else off_us
    if back and at < 10:
        return  # nothing is known from before it
    assert f"record {at}" in found(kept, block)


def test_times_that_no_calendar_has_are_differences_too() -> None:
    """Whatever number stands in a column is told, and stops nothing."""
    kept, block = honest()
    block.received_us[700], block.sealed_us[800] = 1 << 61, -(1 << 61)
    assert {"record 700", "record 800"} <= found(kept, block).keys()


TOLERANCE, UPLOAD = 5 * MINUTE, HOUR


def pair(
    signed_us: int = 0, stamp_us: int | None = None, *, later_us: int = 0, later_stamp_us: int | None = None
) -> list[Kept]:
    """A checkpoint of ten records and one of twenty, by when they were signed and stamped after T0."""
    times = ((10, signed_us, stamp_us), (20, later_us, later_stamp_us))
    return [
        Kept(size, T0 + signed, None if stamp is None else _stamp(T0 + stamp))
        for size, signed, stamp in times
    ]


def rows(*times: tuple[int, int, int], source: str = "okta") -> Block:
    """Records by index, when they were received and when sealed after T0."""
    block = Block()
    for index, received, sealed in times:
        block.add(index, T0 + received, T0 + sealed, source)
    return block


@pytest.mark.parametrize("off_us", [0, 1])
def test_what_is_within_the_tolerance_to_the_microsecond_is_no_difference(off_us: int) -> None:
    """Each rule by itself: at its tolerance nothing is told, one microsecond beyond it is."""
    whole = DAY + off_us
    for kept, block, where in (
        (pair(TOLERANCE + off_us, later_us=0), None, "kept checkpoint 20"),
        (pair(0, 2 * S + off_us, later_stamp_us=0), None, "kept checkpoint 20"),
        (pair(TOLERANCE + S + off_us, 0, later_us=TOLERANCE), None, "kept checkpoint 10"),
        (pair(0, 0), rows((9, TOLERANCE + S + off_us, 0)), "record 9"),
        (pair(0, 0), rows((9, 0, TOLERANCE + S + off_us)), "record 9"),
        (pair(0, 0), rows((9, 0, TOLERANCE + S + off_us), source=OWN_SOURCE), "record 9"),
        (pair(0, 0), rows((9, TOLERANCE + S + off_us, 0), source=OWN_SOURCE), "record 9"),
        (pair(TOLERANCE + off_us, later_us=TOLERANCE), rows((10, 0, 0), (20, 0, TOLERANCE)), "record 10"),
        (pair(), rows((9, whole, DAY), (10, DAY - UPLOAD, DAY)), "record 10"),
    ):
        told = found(kept, *([block] if block else []))
        assert told.keys() == ({where} if off_us else set()), (kept, block)


def test_a_record_at_a_kept_size_is_not_covered_by_it() -> None:
    """Sizes count from 1, indexes from 0."""
    assert found(pair(0, 0), rows((9, 0, HOUR))).keys() == {"record 9"}
    assert found(pair(0, 0), rows((10, 0, HOUR))) == {}
    assert found(pair(HOUR, later_us=HOUR), rows((10, 0, 0))).keys() == {"record 10"}
    assert found(pair(HOUR, later_us=HOUR), rows((9, 0, 0))) == {}


@pytest.mark.parametrize("own", [False, True])
def test_of_records_of_one_time_the_first_is_named(own: bool) -> None:
    """Whether there are Affidavit's own among them or not, and whatever stands in other files."""

    def beside(block: Block) -> Block:
        if own:
            block.add(0, T0, T0, OWN_SOURCE)
        return block

    sealed = found(pair(0, 0), beside(rows((4, 0, HOUR), (6, 0, HOUR))), rows((2, 0, HOUR)))
    assert sealed.keys() == {"record 4"}
    received = found(pair(0, 0), beside(rows((4, HOUR, 0), (6, HOUR, 0))), rows((2, HOUR, 0)))
    assert received.keys() == {"record 4"}
    early = pair(DAY, later_us=DAY)
    assert found(early, beside(rows((14, DAY, 0), (16, DAY, 0))), rows((12, DAY, 0))).keys() == {"record 14"}
    back = found(pair(), rows((3, DAY, DAY)), beside(rows((14, 0, DAY), (16, 0, DAY))), rows((12, 0, DAY)))
    assert back.keys() == {"record 14"}


def test_own_records_of_one_time_are_named_by_the_first() -> None:
    """As those of others are."""
    own = rows((4, HOUR, 0), (6, HOUR, 0), source=OWN_SOURCE)
    assert found(pair(0, 0), own).keys() == {"record 4"}


def test_a_record_that_was_sealed_is_named_before_one_that_was_received() -> None:
    """Where both are of the latest time."""
    assert found(pair(0, 0), rows((4, HOUR, 0), (6, 0, HOUR))).keys() == {"record 6"}


def test_the_latest_record_below_a_checkpoint_is_told_with_its_time() -> None:
    """By which another was received too early."""
    told = found(pair(), rows((2, DAY, DAY), (3, 0, DAY)), rows((14, 0, DAY)))
    assert told["record 14"] == (
        "says 2026-11-23T09:00:00.000000Z, but checkpoint 10 does not cover it and covers record 2 of "
        "2026-11-24T09:00:00.000000Z"
    )


def test_own_records_may_wait() -> None:
    """They are left out of the order of receipt, in a file of theirs and beside others."""
    waited = rows((14, 0, DAY), source=OWN_SOURCE)
    assert found(pair(), rows((3, DAY, DAY)), waited) == {}
    mixed = rows((15, DAY, DAY))
    mixed.add(14, T0, T0 + DAY, OWN_SOURCE)
    assert found(pair(), rows((3, DAY, DAY)), mixed) == {}
    ahead = rows((3, DAY, DAY), source=OWN_SOURCE)
    assert found(pair(), ahead, rows((14, 0, DAY))) == {}


def test_a_file_without_records_is_passed_on() -> None:
    """It says nothing."""
    assert found(pair(), Block()) == {}


def test_times_that_no_calendar_has_are_told_as_numbers() -> None:
    """In microseconds."""
    told = found(pair(0, 0), rows((4, (1 << 61) - T0, 0)))
    assert told["record 4"] == (
        f"says {1 << 61} microseconds since 1970, but checkpoint 10 covers it and was stamped at "
        "2026-11-23T09:00:00.000000Z"
    )
    beyond = [Kept(10, T0, _stamp(T0 + DAY)), Kept(20, T0, None)]
    assert found(beyond, rows((4, 1 << 61, 0))) != {}


def test_a_checkpoint_covers_everything_below_it_and_nothing_above() -> None:
    """Also what other checkpoints lie between: that one is not stamped, or was signed a little earlier."""
    kept = pair(0, None, later_stamp_us=0)
    assert found(kept, rows((4, 0, HOUR))).keys() == {"record 4"}
    kept = pair(DAY, later_us=DAY - 4 * MINUTE)
    assert found(kept, rows((25, DAY, DAY - TOLERANCE - S))).keys() == {"record 25"}
    assert found(pair(), rows((3, DAY, DAY)), rows((25, 0, DAY))).keys() == {"record 25"}
