"""A table that stays quiet: rows by key, drawn only where they are seen, and drawn again only where a cell changed.

Textual's own DataTable makes every cell of every row; ten thousand devices cost it seconds and megabytes (ADR 0012). This one
asks for the cells of the rows in view, keeps the cursor on its row by key, and never moves what the reader looks at.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from wenyam.tui.cells import Cell, Rows, Tone, cut, laid_out, layout, left_out, too_long
from wenyam.tui.widgets.toned import CURSOR, HEADER, Brush


class QuietTable(ScrollView, can_focus=True):
    """Shows `Rows`; the cursor is a row."""

    DEFAULT_CSS = "QuietTable { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup,ctrl+b", "page(-1)", show=False),
        Binding("pagedown,ctrl+f", "page(1)", show=False),
        Binding("home,g", "edge(0)", show=False),
        Binding("end,G", "edge(-1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Chosen(Message):
        """A row was entered."""

        def __init__(self, key: str) -> None:
            """Take its key."""
            super().__init__()
            self.key = key

    class Moved(Message):
        """The cursor stands on another row, or its row has another width."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        """Begin empty."""
        super().__init__(id=id)
        self._brush = Brush(self)
        self._rows = Rows((), (), lambda _key: ())
        self._at = 0
        self._widths: list[int] = []
        self._shared = -1
        self._painted: dict[int, tuple[str, Sequence[Cell]]] = {}

    @property
    def key(self) -> str:
        """The key of the row under the cursor; empty when there is no row."""
        return self._rows.keys[self._at] if self._at < len(self._rows.keys) else ""

    @property
    def keys(self) -> Sequence[str]:
        """The keys of all rows."""
        return self._rows.keys

    @property
    def cut_off(self) -> str:
        """What its columns have no room for in the row under the cursor, cut or left out; empty when all of it can be read."""
        if not self.key:
            return ""
        cells, columns = self._cells(self._at)[1], self._rows.columns
        cut_short = [cell.text.strip() for cell in too_long(cells, columns, self._widths)]
        return " · ".join([*cut_short, *left_out(cells, columns, self._widths)])

    @property
    def _room(self) -> int:
        """How wide a row may be: a bar to scroll has its own place, there or not, so that nothing jumps."""
        return self.scrollable_content_region.width

    @property
    def _header(self) -> int:
        """How many lines the titles of the columns take: none where no column has one."""
        return int(any(column.title for column in self._rows.columns))

    @property
    def in_view(self) -> Sequence[str]:
        """The keys of the rows in view."""
        first = self.scroll_offset.y
        return self._rows.keys[first : first + max(0, self.size.height - self._header)]

    def show(self, rows: Rows) -> None:
        """Show other rows: the cursor stays on its row, the view where it is, and only lines that changed are drawn."""
        key, before, seen = self.key, self._at, self._is_in_view(self._at)
        columns_changed = [*self._rows.columns] != [*rows.columns]
        self._rows = rows
        self._at = self._found(key)
        if columns_changed:
            self._measure()
        self.virtual_size = Size(self._room, len(rows.keys) + self._header)
        if seen and self.scroll_offset.y and self._at != before:
            # Rows came or went above what the reader looks at: it stays on its line of the screen.
            self.scroll_to(y=max(0, self.scroll_offset.y + self._at - before), animate=False, immediate=True)
        if seen and not self._is_in_view(self._at):
            self._bring_into_view()
        self._repaint()

    def begin(self) -> None:
        """Forget the rows; the cursor is on the first of whatever is shown next."""
        self._rows = replace(self._rows, keys=())
        self._at = 0
        self.scroll_to(y=0, animate=False, immediate=True)

    def put(self, key: str) -> None:
        """Put the cursor on a row."""
        if key in self._rows.keys:
            self._go(self._rows.keys.index(key))

    def action_move(self, steps: int) -> None:
        """Move the cursor by rows."""
        self._go(self._at + steps)

    def action_page(self, pages: int) -> None:
        """Move the cursor by what fits on the screen."""
        self._go(self._at + pages * max(1, self.size.height - self._header - 1))

    def action_edge(self, where: int) -> None:
        """Move the cursor to the first or last row."""
        self._go(0 if where == 0 else len(self._rows.keys) - 1)

    def action_choose(self) -> None:
        """Enter the row under the cursor."""
        if self.key:
            self.post_message(self.Chosen(self.key))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is; enter the row when it was there already."""
        number = event.y - self._header + self.scroll_offset.y
        if event.y >= self._header and number < len(self._rows.keys):
            again = number == self._at
            self._go(number)
            if again or event.chain > 1:
                self.action_choose()

    def on_resize(self) -> None:
        """Share a new width out."""
        if self._shared != self._room:
            self._measure()
        self.virtual_size = Size(self._room, len(self._rows.keys) + self._header)
        self._bring_into_view()
        self.post_message(self.Moved())

    def render_line(self, y: int) -> Strip:
        """Draw one line of the view."""
        if self._shared != self._room:  # a screen is first drawn before it is told its size
            self._share()
        if y < self._header:
            header = [Cell(column.title) for column in self._rows.columns]
            return self._brush.strip(laid_out(header, self._rows.columns, self._widths), HEADER)
        number = y - self._header + self.scroll_offset.y
        if number >= len(self._rows.keys):
            said = self._rows.empty if not number else ""
            return self._brush.strip([Cell(" " + cut(said, max(0, self._room - 1)), Tone.FAINT)])
        painted = self._painted[number] = self._cells(number)
        line = CURSOR if number == self._at and self.has_focus else ""
        return self._brush.strip(laid_out(painted[1], self._rows.columns, self._widths), line)

    def notify_style_update(self) -> None:
        """Draw in the new styles."""
        super().notify_style_update()
        self._brush.forget()

    def on_focus(self) -> None:
        """Show the cursor."""
        self._draw(self._at)

    def on_blur(self) -> None:
        """Hide the cursor."""
        self._draw(self._at)

    def _cells(self, number: int) -> tuple[str, Sequence[Cell]]:
        key = self._rows.keys[number]
        return key, self._rows.cells(key)

    def _found(self, key: str) -> int:
        keys = self._rows.keys
        if self._at < len(keys) and keys[self._at] == key:
            return self._at
        return keys.index(key) if key in keys else max(0, min(self._at, len(keys) - 1))

    def _measure(self) -> None:
        self._share()
        self._painted.clear()
        self.refresh()

    def _share(self) -> None:
        """Share the room out among the columns."""
        self._shared = self._room
        self._widths = layout(self._rows.columns, self._room)

    def _repaint(self) -> None:
        """Draw the lines in view whose row or cells are not what is on the screen."""
        first, before = self.scroll_offset.y, self._painted
        self._painted = {}
        shown = range(first, first + max(0, self.size.height - self._header))
        for number in shown:
            now = self._cells(number) if number < len(self._rows.keys) else None
            if now is not None:
                self._painted[number] = now
            if before.get(number) != now or (now is None and number == 0):
                self._draw(number)

    def _go(self, number: int) -> None:
        before, self._at = self._at, max(0, min(number, len(self._rows.keys) - 1))
        if before == self._at:
            return
        # Straight to the screen and before the view moves: what it shows of the row is painted together with it.
        self.screen.post_message(self.Moved())
        self._draw(before)
        self._draw(self._at)
        self._bring_into_view()

    def _draw(self, number: int) -> None:
        self.refresh(Region(0, number - self.scroll_offset.y + self._header, self.size.width, 1))

    def _is_in_view(self, number: int) -> bool:
        return 0 <= number - self.scroll_offset.y < max(1, self.size.height - self._header)

    def _bring_into_view(self) -> None:
        first, room = self.scroll_offset.y, max(1, self.size.height - self._header)
        if self._at < first:
            self.scroll_to(y=self._at, animate=False, immediate=True)
        elif self._at >= first + room:
            self.scroll_to(y=self._at - room + 1, animate=False, immediate=True)
