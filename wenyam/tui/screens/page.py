"""What every screen is built on: the lines around it, the filter, and being shown each new picture."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from wenyam.i18n.translate import mark
from wenyam.tui.cells import Rows
from wenyam.tui.picture import Wishes
from wenyam.tui.view_models import frame
from wenyam.tui.view_models.look import Look
from wenyam.tui.widgets.frame import Banner, KeyLine, Strips, Tabs, TopLine
from wenyam.tui.widgets.quiet_table import QuietTable
from wenyam.tui.widgets.toned import STALE

if TYPE_CHECKING:
    from wenyam.tui.app import WenyamApp


class FilterLine(Input):
    """Where the filter is typed."""


class Page(Screen[None]):
    """One screen of the dashboard. A new one gives `TITLE_WORDS`, `body` and `draw`, and its line in `screens.SCREENS`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", show=False),
        Binding("escape", "out", show=False),
    ]
    NEEDS: ClassVar[frozenset[str]] = frozenset()
    """Names of the parts (see `gathering.PARTS`) that this screen shows."""
    KEYS: ClassVar[Sequence[tuple[str, str, str]]] = ()
    """Keys of this screen alone for the line below: (action, key, words)."""
    NAME: ClassVar[str] = ""
    """Which tab is marked."""
    HELP: ClassVar[str] = ""
    """What this screen is for, in a sentence or two, for the help."""

    def __init__(self) -> None:
        """Begin without a filter."""
        super().__init__()
        self.wanted = ""
        self.folded: frozenset[str] = frozenset()
        self.order = 0

    @property
    def board(self) -> "WenyamApp":
        """The dashboard."""
        from wenyam.tui.app import WenyamApp  # noqa: PLC0415  # the dashboard imports its screens

        if not isinstance(self.app, WenyamApp):
            raise TypeError("a page is shown by the dashboard alone")
        return self.app

    @property
    def wishes(self) -> Wishes:
        """What is to be gathered while this screen is open."""
        return Wishes(self.NEEDS)

    def compose(self) -> ComposeResult:
        """Put the lines around the body."""
        yield TopLine()
        yield Tabs()
        yield Banner()
        yield from self.body()
        yield FilterLine(compact=True, select_on_focus=False)
        yield KeyLine()

    def body(self) -> Iterable[Widget]:
        """Make what this screen consists of."""
        return ()

    def draw(self, look: Look) -> None:
        """Show a picture; called for every new one, so only what changed may be drawn again."""

    def look(self) -> Look:
        """Return the present picture as this screen's reader wants it."""
        return self.board.look_of(self.wanted, self.folded, self.order)

    def show(self) -> None:
        """Show the present picture in the whole screen."""
        if not self.is_mounted:
            return
        look = self.look()
        self.set_class(look.picture.looked and not look.picture.live, STALE)
        self.query_one(TopLine).show([frame.top(look)])
        self.query_one(Tabs).show(frame.tabs(look, self.board.tabs), frame.going_to(self.NAME))
        banner, said = self.query_one(Banner), frame.banner(look)
        banner.display = bool(said)
        banner.show(said)
        self.query_one(KeyLine).show(frame.keys(look, self.KEYS))
        self.draw(look)

    def on_mount(self) -> None:
        """Show what is known already."""
        self.show()

    def on_screen_resume(self) -> None:
        """Show what has come since this screen was last seen."""
        self.show()

    def action_filter(self) -> None:
        """Open the filter."""
        line = self.query_one(FilterLine)
        line.placeholder = self.board.say(mark("Type to filter; Enter keeps it, Esc takes it away"))
        line.add_class("open")
        line.focus()

    def action_out(self) -> None:
        """Take the filter away; without one go back to where one came from."""
        line = self.query_one(FilterLine)
        if self.wanted or line.has_class("open"):
            line.value = ""
            self._close_filter()
        else:
            self.board.action_leave()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the rows while somebody types."""
        if isinstance(event.input, FilterLine):
            self.wanted = event.value.strip()
            self.show()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter and go back to the rows."""
        if isinstance(event.input, FilterLine):
            self._close_filter()

    def on_strips_chosen(self, event: Strips.Chosen) -> None:
        """Do what was clicked."""
        self.board.call_later(self.board.run_action, event.key, self)

    def _close_filter(self) -> None:
        line = self.query_one(FilterLine)
        line.set_class(bool(line.value), "open")
        tables = self.query(QuietTable)
        if tables:
            tables.first().focus()


class TablePage(Page):
    """A screen that is one table; a new one gives `rows`."""

    def body(self) -> Iterable[Widget]:
        """Make the table."""
        yield QuietTable()

    def rows(self, look: Look) -> Rows:
        """Return what the table shows."""
        raise NotImplementedError

    def draw(self, look: Look) -> None:
        """Show the rows."""
        self.table.show(self.rows(look))

    @property
    def table(self) -> QuietTable:
        """The table."""
        return self.query_one(QuietTable)

    def fold(self, key: str) -> None:
        """Fold a row that is open, open one that is folded."""
        self.folded = self.folded ^ {key}
        self.show()
