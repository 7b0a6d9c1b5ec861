"""Percentiles and figures: what a suite hands to the report."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: the smallest value that `share` (0 to 1) of `values` do not exceed."""
    if not values:
        raise ValueError("no values to take a percentile of")
    return sorted(values)[max(0, ceil(share * len(values)) - 1)]


def spread(values: Sequence[float]) -> dict[str, float | int]:
    """Count, p50, p95, p99 and the extremes of `values`, in their own unit; of nothing, a count of 0."""
    if not values:
        return {"count": 0}
    return {
        "count": len(values),
        "min": round(min(values), 3),
        "p50": round(percentile(values, 0.50), 3),
        "p95": round(percentile(values, 0.95), 3),
        "p99": round(percentile(values, 0.99), 3),
        "max": round(max(values), 3),
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One measured number beside what is to be reached."""

    name: str
    what: str
    value: float
    unit: str
    reach: float | None = None
    better: Literal["more", "less"] = "more"
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def reached(self) -> bool | None:
        """Whether `reach` is met; None where there is nothing to reach."""
        if self.reach is None:
            return None
        return self.value >= self.reach if self.better == "more" else self.value <= self.reach

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self) | {"reached": self.reached}


def table(figures: Sequence[Figure]) -> str:
    """The figures for people, one a line."""
    rows = [("figure", "measured", "reach", "")]
    for figure in figures:
        wanted = (
            "" if figure.reach is None else f"{'≥' if figure.better == 'more' else '≤'} {figure.reach:,g}"
        )
        verdict = {None: "", True: "reached", False: "NOT reached"}[figure.reached]
        value = f"{figure.value:,.0f}" if abs(figure.value) >= 100 else f"{figure.value:,.2f}"  # noqa: PLR2004 -- two decimals matter below
        rows.append((figure.what, f"{value} {figure.unit}", wanted, verdict))
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    return "\n".join(
        f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}  {d}".rstrip() for a, b, c, d in rows
    )
