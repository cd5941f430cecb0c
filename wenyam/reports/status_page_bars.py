"""The last days of a service as a picture: one bar a day whose height says what its colour says."""

from collections.abc import Iterable

from wenyam.reports.status_page import Day, DayLook

_STEP, _WIDTH, _HEIGHT = 4, 3, 32
_SHAPES = {
    DayLook.UP: (12.0, 20.0), DayLook.DOWN: (0.0, 32.0), DayLook.PLANNED: (6.0, 26.0), DayLook.UNKNOWN: (12.5, 19.0),
    DayLook.EMPTY: (28.0, 4.0),
}  # fmt: skip
"""Top and height; what nobody looked at is hollow."""


def bars(days: Iterable[tuple[Day, str]], summary: str) -> str:
    """Draw the days; each says its own sentence under the pointer, all together are said by the summary. Sentences are HTML."""
    drawn = list(days)
    marks = (f"<title>{said}</title>{_bar(place * _STEP, day.look)}" for place, (day, said) in enumerate(drawn))
    inside = "".join(f"<g>{mark}</g>" for mark in marks)
    box = f"0 0 {max(1, len(drawn)) * _STEP - 1} {_HEIGHT}"
    return f'<svg role="img" aria-label="{summary}" viewBox="{box}" preserveAspectRatio="none">{inside}</svg>'


def key(look: DayLook) -> str:
    """Draw one bar for the legend."""
    box = f"0 0 {_WIDTH + 3} {_HEIGHT}"
    return f'<svg class="key" aria-hidden="true" viewBox="{box}" preserveAspectRatio="none">{_bar(1, look)}</svg>'


def _bar(left: float, look: DayLook) -> str:
    top, height = _SHAPES[look]
    return f'<rect class="{look.value}" x="{left:g}" y="{top:g}" width="{_WIDTH}" height="{height:g}"/>'
