"""How a meaning looks: the one place where a `Tone` becomes a style, from the theme; old knowledge is greyed as a whole."""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from wenyam.tui.cells import Cell, Tone, cut, printable

STALE: Final = "stale"
"""The class of a screen that shows what nobody has confirmed lately."""
HEADER: Final = "line--header"
CURSOR: Final = "line--cursor"
TONED: Final = {f"tone--{tone}" for tone in Tone} | {HEADER, CURSOR}
"""The component classes of every screen: one set for all its widgets, because Textual styles each one whenever a screen opens."""


class Brush:
    """Draws the lines of one widget."""

    def __init__(self, widget: Widget) -> None:
        """Take the widget."""
        self._widget = widget
        self._looks: dict[tuple[bool, bool, str], Looks] = {}

    def strip(self, cells: Iterable[Cell], line: str = "") -> Strip:
        """Return one line as wide as its place: literal text, never markup; `line` is the class of a line that stands out."""
        looks = self._looked(line)
        runs = groupby((cell for cell in cells if cell.text), key=_tone)
        segments = [Segment("".join([cell.text for cell in run]), looks.of(tone)) for tone, run in runs]
        return Strip(segments).adjust_cell_length(self._widget.scrollable_content_region.width, looks.base)

    def forget(self) -> None:
        """Ask for every style again: Textual has read its styles anew, for another theme."""
        self._looks.clear()

    def _looked(self, line: str) -> "Looks":
        """Return the styles of a line; Textual is asked once for all they depend on, because asking costs more than drawing."""
        widget = self._widget
        key = (widget.screen.has_class(STALE), widget.has_focus, line)
        found = self._looks.get(key)
        if found is None:
            found = self._looks[key] = Looks(widget, line)
        return found


class Looks:
    """How each tone looks in the lines of one widget."""

    def __init__(self, widget: Widget, line: str) -> None:
        """Take the widget and the class of the line, empty for one that does not stand out."""
        self._screen, self._line = widget.screen, line
        self._of: dict[Tone, Style] = {}
        self.base = self._screen.get_component_rich_style(line) if line else widget.rich_style

    def of(self, tone: Tone) -> Style:
        """Return the style of a tone."""
        found = self._of.get(tone)
        if found is None:
            found = self._of[tone] = self.base + self._style(tone)
        return found

    def _style(self, tone: Tone) -> Style:
        shown = Tone.FAINT if self._screen.has_class(STALE) else tone
        if self._line == HEADER or (shown is Tone.PLAIN and self._line):
            return Style()
        found = self._screen.get_component_rich_style(f"tone--{shown}", partial=True)
        return Style(color=found.color, bold=found.bold)


_tone = attrgetter("tone")


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
