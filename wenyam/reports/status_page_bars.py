"""The last days of a service as a picture: one bar a day whose height says what its colour says."""

from collections.abc import Iterable

from wenyam.reports.status_page import Day, DayLook

_STEP, _WIDTH, _HEIGHT = 4, 3, 32
_SHAPES = {
    DayLook.UP: (12.0, 20.0), DayLook.DOWN: (0.0, 32.0), DayLook.PLANNED: (6.0, 26.0), DayLook.UNKNOWN: (12.5, 19.0),
    DayLook.EMPTY: (28.0, 4.0),
}  # fmt: skip
"""Top and height; what nobody looked at is hollow."""
USUAL = (DayLook.UP, DayLook.EMPTY)
"""Days of which there is nothing to tell: all of them are one shape, so that a page of many services stays small."""


def bars(days: Iterable[tuple[Day, str]], summary: str) -> str:
    """Draw the days; a day with something to tell says it under the pointer, the summary tells all. Sentences are HTML."""
    drawn = list(days)
    usual = "".join(_outline(look, [place for place, (day, _) in enumerate(drawn) if day.look is look]) for look in USUAL)
    told = "".join(
        f"<g><title>{said}</title>{_bar(place * _STEP, day.look)}</g>"
        for place, (day, said) in enumerate(drawn)
        if day.look not in USUAL
    )
    box = f"0 0 {max(1, len(drawn)) * _STEP - 1} {_HEIGHT}"
    return f'<svg role="img" aria-label="{summary}" viewBox="{box}" preserveAspectRatio="none">{usual}{told}</svg>'


def key(look: DayLook) -> str:
    """Draw one bar for the legend."""
    box = f"0 0 {_WIDTH + 3} {_HEIGHT}"
    return f'<svg class="key" aria-hidden="true" viewBox="{box}" preserveAspectRatio="none">{_bar(1, look)}</svg>'


def _bar(left: float, look: DayLook) -> str:
    top, height = _SHAPES[look]
    return f'<rect class="{look.value}" x="{left:g}" y="{top:g}" width="{_WIDTH}" height="{height:g}"/>'


def _outline(look: DayLook, places: list[int]) -> str:
    """Draw all days of one look as one shape."""
    top, height = _SHAPES[look]
    drawn = "".join(f"M{place * _STEP} {top:g}h{_WIDTH}v{height:g}h-{_WIDTH}z" for place in places)
    return f'<path class="{look.value}" d="{drawn}"/>' if drawn else ""
