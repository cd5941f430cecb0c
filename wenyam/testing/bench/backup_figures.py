"""What `scripts/bench backup` found: costs of acts round by round, their medians, and how many times the bare tools' they are.

Whoever comes first in a round is up to an eighth faster here, because the machine gives less after a while of writing. So the
ratio is taken for each order by itself, and the geometric mean of the two is free of it.
"""

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import geometric_mean, median
from typing import Any


@dataclass(frozen=True, slots=True)
class Cost:
    """What an act took."""

    seconds: float
    cpu: float
    """Seconds of processor time, user and system, of all processes started for it; a database server is not among them."""

    def __add__(self, other: "Cost") -> "Cost":
        """Return the cost of both acts."""
        return Cost(self.seconds + other.seconds, self.cpu + other.cpu)


@dataclass(frozen=True, slots=True)
class Measure:
    """One act in one round, and what it is compared with: the bare tools' same work in the same round."""

    act: str
    cost: Cost
    bare: Cost | None = None
    parts: Mapping[str, float] = field(default_factory=dict)
    ours_first: bool = False
    """Whether Wenyam came before the bare tools in this round."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Times the bare tools' cost: the mean of both orders, the least and the most of all rounds."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        """Write it for the table."""
        return f"{self.mean:.2f} ({self.low:.2f}-{self.high:.2f})"


@dataclass(frozen=True, slots=True)
class Row:
    """One act over all rounds; figures are medians."""

    act: str
    rounds: int
    cost: Cost
    ratio: Ratio | None
    """Of the seconds."""
    cpu_ratio: Ratio | None
    parts: Mapping[str, float]


def rows_of(measures: Sequence[Measure]) -> list[Row]:
    """Return a row for each act, in the order of their names' first coming."""
    acts = dict.fromkeys(measure.act for measure in measures)
    return [_row(act, [measure for measure in measures if measure.act == act]) for act in acts]


def _row(act: str, rounds: Sequence[Measure]) -> Row:
    cost = Cost(median(each.cost.seconds for each in rounds), median(each.cost.cpu for each in rounds))
    parts = {name: median(each.parts.get(name, 0.0) for each in rounds) for name in rounds[0].parts}
    wall, processor = _ratio(rounds, lambda cost: cost.seconds), _ratio(rounds, lambda cost: cost.cpu)
    return Row(act, len(rounds), cost, wall, processor, parts)


def _ratio(rounds: Sequence[Measure], figure: Callable[[Cost], float]) -> Ratio | None:
    by_order: dict[bool, list[float]] = {}
    for each in rounds:
        if each.bare is not None and figure(each.bare):
            by_order.setdefault(each.ours_first, []).append(figure(each.cost) / figure(each.bare))
    if not by_order:
        return None
    found = [ratio for ratios in by_order.values() for ratio in ratios]
    return Ratio(geometric_mean(map(median, by_order.values())), min(found), max(found))


def as_data(mebibytes: int, rows: Sequence[Row]) -> dict[str, Any]:
    """Write the measurement as versioned data."""
    return {"version": 3, "mebibytes": mebibytes, "machine": machine(), "rows": [_row_data(row) for row in rows]}


def _row_data(row: Row) -> dict[str, Any]:
    return {
        "act": row.act,
        "rounds": row.rounds,
        "seconds": row.cost.seconds,
        "cpu_seconds": row.cost.cpu,
        "ratio": _ratio_data(row.ratio),
        "cpu_ratio": _ratio_data(row.cpu_ratio),
        "parts": dict(row.parts),
    }


def _ratio_data(ratio: Ratio | None) -> dict[str, float] | None:
    return None if ratio is None else {"mean": ratio.mean, "low": ratio.low, "high": ratio.high}


def machine() -> str:
    """Return what this was measured on."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def table(rows: Sequence[Row]) -> str:
    """Write the measurement for people."""
    width = max(len(row.act) for row in rows)
    lines = [
        f"{machine()}; {max(row.rounds for row in rows)} rounds: medians, and ratios with the least and the most", "",
        f"{'act':{width}}  seconds   CPU s  {'ratio':16}  {'CPU ratio':16}  parts",
    ]  # fmt: skip
    for row in rows:
        parts = ", ".join(f"{name} {took:.1f}" for name, took in row.parts.items())
        ratios = "  ".join(f"{'' if ratio is None else str(ratio):16}" for ratio in (row.ratio, row.cpu_ratio))
        lines.append(f"{row.act:{width}}  {row.cost.seconds:7.1f} {row.cost.cpu:7.1f}  {ratios}  {parts}".rstrip())
    return "\n".join(lines)
