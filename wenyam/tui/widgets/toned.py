"""How a meaning looks: the one place where a `Tone` becomes a style, from the theme; old knowledge is greyed as a whole."""

from collections.abc import Iterable
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from wenyam.tui.cells import Cell, Tone, cut, printable

STALE: Final = "stale"
"""The class of a screen that shows what nobody has confirmed lately."""
HEADER: Final = "line--header"
CURSOR: Final = "line--cursor"
TONED: Final = {f"tone--{tone}" for tone in Tone} | {HEADER, CURSOR}
"""The component classes of every screen: one set for all its widgets, because Textual styles each one whenever a screen opens."""


def strip(widget: Widget, cells: Iterable[Cell], line: str = "") -> Strip:
    """Return one line as wide as its place: literal text, never markup; `line` is the class of a line that stands out."""
    shown, screen = [cell for cell in cells if cell.text], widget.screen
    base = screen.get_component_rich_style(line) if line else widget.rich_style
    looks = {tone: base + _style(screen, tone, line) for tone in {cell.tone for cell in shown}}
    segments = [Segment(cell.text, looks[cell.tone]) for cell in shown]
    return Strip(segments).adjust_cell_length(widget.scrollable_content_region.width, base)


def _style(screen: Screen[object], tone: Tone, line: str) -> Style:
    shown = Tone.FAINT if screen.has_class(STALE) else tone
    if line == HEADER or (shown is Tone.PLAIN and line):
        return Style()
    found = screen.get_component_rich_style(f"tone--{shown}", partial=True)
    return Style(color=found.color, bold=found.bold)


def fitted(cells: Iterable[Cell], width: int) -> list[Cell]:
    """Return cells cut so that together they fit; the one that does not ends in an ellipsis."""
    found: list[Cell] = []
    room = width
    for cell in cells:
        if room <= 0:
            break
        text = printable(cell.text)
        found.append(Cell(text if cell_len(text) <= room else cut(text, room), cell.tone))
        room -= cell_len(found[-1].text)
    return found
