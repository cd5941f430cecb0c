"""The lines around every screen: who and when above, the tabs, the banner of a silent watcher, the keys below."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from wenyam.tui.cells import Cell, Line, Tone
from wenyam.tui.widgets.block import Block
from wenyam.tui.widgets.toned import Brush


class TopLine(Block):
    """Names the instance, the counts by state and the moment."""


class Banner(Block):
    """Says that the watcher is silent; not there while it answers."""


class Reading(Block):
    """Says in full what the columns of the row under the cursor have no room for."""


_MORE = "…"
"""Stands where entries have no room."""


class Strips(Widget):
    """One line of entries that can be clicked; the first of them, or those around the marked one, are shown where not all fit."""

    class Chosen(Message):
        """An entry was clicked."""

        def __init__(self, key: str) -> None:
            """Take the key of the entry."""
            super().__init__()
            self.key = key

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._brush = Brush(self)
        self._entries: Sequence[tuple[str, str, str]] = ()
        self._marked = ""

    def show(self, entries: Sequence[tuple[str, str, str]], marked: str = "") -> None:
        """Show entries as (what a click sends, key, words); the marked one stands out and stays in view."""
        if (entries, marked) != (self._entries, self._marked):
            self._entries, self._marked = entries, marked
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002  # Textual's own signature
        """Draw the line; where entries are left out, a sign at its edge says so."""
        shown = self._shown()
        cells = [cell for _, line in shown for cell in line]
        sends = [send for send, _, _ in self._entries]
        if shown and shown[0][0] != sends[0]:
            cells[0] = Cell(_MORE + cells[0].text[1:], cells[0].tone)  # an entry begins with a space
        if shown and shown[-1][0] != sends[-1]:
            used = sum(_width(line) for _, line in shown)
            cells.append(Cell(_MORE.rjust(max(0, self.size.width - used))[: max(0, self.size.width - used)], Tone.FAINT))
        return self._brush.strip(cells)

    def notify_style_update(self) -> None:
        """Draw in the new styles."""
        super().notify_style_update()
        self._brush.forget()

    def on_click(self, event: events.Click) -> None:
        """Send the entry under the mouse."""
        used = 0
        for key, line in self._shown():
            used += sum(cell_len(cell.text) for cell in line)
            if event.x < used:
                self.post_message(self.Chosen(key))
                return

    def _shown(self) -> list[tuple[str, Line]]:
        """Return the entries that fit as a whole, the marked one among them."""
        drawn = [(send, self._entry(send, key, words)) for send, key, words in self._entries]
        marked = next((number for number, (send, _) in enumerate(drawn) if send == self._marked), 0)
        first = 0
        while first < marked and sum(_width(line) for _, line in drawn[first : marked + 1]) > self.size.width:
            first += 1
        last, room = first, self.size.width
        while last < len(drawn) and (room := room - _width(drawn[last][1])) >= 0:
            last += 1
        return drawn[first:last]

    def _entry(self, send: str, key: str, words: str) -> Line:
        marked = send == self._marked
        return (Cell(f" {key}", Tone.WARN), Cell(f" {words} ", Tone.STRONG if marked else Tone.FAINT))


def _width(line: Line) -> int:
    return sum(cell_len(cell.text) for cell in line)


class Tabs(Strips):
    """The screens."""


class KeyLine(Strips):
    """The keys of the present screen."""
