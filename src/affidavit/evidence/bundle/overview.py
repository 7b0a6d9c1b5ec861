"""What the matching records come to: who, what, with what outcome, and when; for the first look of a person."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from affidavit.core.clock import isoformat

if TYPE_CHECKING:
    from affidavit.evidence.bundle.table import Line

_MINUTE_US = 60_000_000
_STEPS = (1, 5, 15, 60, 360, 1440, 10_080, 43_200, 525_600)
"""Minutes that a bar of the histogram may stand for."""
_MAX_BARS = 72
_TOP = 10
MAX_ROWS = 5000
"""Rows of the report's table; all of them are in records.csv."""


class Bar(NamedTuple):
    """Records received in one step of time."""

    start: str
    records: int


class Overview:
    """Counts rows as they come, and keeps the first."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.outcomes: Counter[str] = Counter()
        self._actors: Counter[str] = Counter()
        self._actions: Counter[str] = Counter()
        self._minutes: Counter[int] = Counter()

    def add(self, line: Line, received_us: int) -> None:
        """The next row."""
        self.outcomes[line.outcome] += 1
        self._actors[line.actor] += 1
        self._actions[line.action] += 1
        self._minutes[received_us // _MINUTE_US] += 1
        if len(self.lines) < MAX_ROWS:
            self.lines.append(line)

    def actors(self) -> tuple[list[tuple[str, int]], int]:
        """Those with the most records, and how many others there are."""
        return _top(self._actors)

    def actions(self) -> tuple[list[tuple[str, int]], int]:
        """Those with the most records, and how many others there are."""
        return _top(self._actions)

    def bars(self) -> tuple[int, list[Bar]]:
        """Minutes a bar, and every bar from the first record to the last, empty ones too."""
        if not self._minutes:
            return 0, []
        first, last = min(self._minutes), max(self._minutes)
        step = next((step for step in _STEPS if last // step - first // step < _MAX_BARS), _STEPS[-1])
        counted: Counter[int] = Counter()
        for minute, records in self._minutes.items():
            counted[minute // step] += records
        steps = range(first // step, min(last // step, first // step + _MAX_BARS) + 1)
        return step, [Bar(isoformat(at * step * _MINUTE_US)[:16] + "Z", counted[at]) for at in steps]


def _top(counted: Counter[str]) -> tuple[list[tuple[str, int]], int]:
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return ordered[:_TOP], max(0, len(ordered) - _TOP)
