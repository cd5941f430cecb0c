"""Small drawings out of letters, each a line of cells: gauges, sparklines, bars of states over time. Pure."""

import math
from collections.abc import Sequence

from wenyam.model.instants import Instant, Period
from wenyam.model.states import State
from wenyam.tui.cells import TONES, Cell, Line, Tone

_STEPS = "▁▂▃▄▅▆▇█"
_SHADES = {
    State.UP: "█",
    State.DOWN: "▁",
    State.UNREACHABLE: "▂",
    State.UNKNOWN: "░",
}
"""Heights, so that a bar can be read without colours."""
_WORST_OF_A_CELL = (State.DOWN, State.UNREACHABLE, State.UNKNOWN, State.UP)

Span = tuple[Instant, State]
"""From when on a subject was in a state."""


def bar(share: float, width: int) -> str:
    """Draw a share of one."""
    full = round(max(0.0, min(1.0, share)) * width)
    return "█" * full + "░" * (width - full)


def gauge(ratio: float, width: int, tone: Tone = Tone.GOOD) -> Line:
    """Draw a share of one as a bar."""
    full = bar(ratio, width).rstrip("░")
    return (Cell(full, tone), Cell("░" * (width - len(full)), Tone.FAINT))


def sparkline(points: Sequence[float], width: int, low: float | None = None, high: float | None = None) -> str:
    """Draw the course of a value, the newest last; minutes without a reading stay empty."""
    buckets = _mean(points, width)
    known = [point for point in buckets if math.isfinite(point)]
    if not known:
        return ""
    bottom = min(known) if low is None else low
    top = max(known) if high is None else high
    return "".join(_step(point, bottom, top) for point in buckets)


def _step(point: float, bottom: float, top: float) -> str:
    if not math.isfinite(point):
        return " "
    share = 0.0 if top <= bottom else (point - bottom) / (top - bottom)
    return _STEPS[max(0, min(len(_STEPS) - 1, int(share * len(_STEPS))))]


def _mean(points: Sequence[float], width: int) -> list[float]:
    """Return so many points, each the mean of those it stands for; NaN where none was read."""
    if len(points) <= width:
        return list(points)
    found = []
    for number in range(width):
        part = points[number * len(points) // width : (number + 1) * len(points) // width]
        known = [point for point in part if math.isfinite(point)]
        found.append(sum(known) / len(known) if known else math.nan)
    return found


def availability_bar(initial: State, spans: Sequence[Span], period: Period, width: int) -> Line:
    """Draw the states of a subject over a period, oldest first; a cell shows the worst that was in it."""
    seen: list[list[State]] = [[] for _ in range(width)]
    edges = [(period.start, initial), *(span for span in spans if span[0] < period.end)]
    for number, (start, state) in enumerate(edges):
        end = edges[number + 1][0] if number + 1 < len(edges) else period.end
        if end <= period.start:
            continue
        for cell in range(_cell(start, period, width), _cell(Instant(max(start, end - 1)), period, width) + 1):
            seen[cell].append(state)
    return _runs([next((state for state in _WORST_OF_A_CELL if state in states), State.UNKNOWN) for states in seen])


def _cell(instant: Instant, period: Period, width: int) -> int:
    passed = max(0, instant - period.start) * width // max(1, period.end - period.start)
    return min(width - 1, passed)


def _runs(states: Sequence[State]) -> Line:
    """Return cells of equal states joined: a line has few of them."""
    found: list[Cell] = []
    for state in states:
        shade, tone = _SHADES.get(state, "░"), TONES[state]
        if found and found[-1].tone is tone:
            found[-1] = Cell(found[-1].text + shade, tone)
        else:
            found.append(Cell(shade, tone))
    return found
