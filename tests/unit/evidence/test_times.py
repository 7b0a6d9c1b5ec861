"""Records that are dated back or ahead contradict the kept checkpoints around them; honest ones never do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.ids import OWN_SOURCE
from affidavit.evidence.kept import Kept
from affidavit.evidence.times import Times, check_times
from affidavit.formats.rfc3161 import Timestamp

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
        part = Times(times.sizes)
        assert list(part.watch([block])) == [block]
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
