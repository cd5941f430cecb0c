"""What every screen is built on: the lines around it, the filter, and being shown each new picture."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from wenyam.i18n.translate import mark
from wenyam.tui.actions.acknowledge import acknowledge
from wenyam.tui.actions.planned_work import planned_work
from wenyam.tui.actions.question import Act, Question
from wenyam.tui.actions.recheck import recheck
from wenyam.tui.actions.silence import silence
from wenyam.tui.cells import Cell, Line, Rows
from wenyam.tui.picture import Wishes
from wenyam.tui.view_models import frame
from wenyam.tui.view_models.look import Look
from wenyam.tui.view_models.sections import is_section
from wenyam.tui.widgets.block import Block
from wenyam.tui.widgets.frame import Banner, KeyLine, Reading, Strips, Tabs, TopLine
from wenyam.tui.widgets.quiet_table import QuietTable
from wenyam.tui.widgets.toned import STALE, TONED
from wenyam.tui.wrapping import wrapped

if TYPE_CHECKING:
    from wenyam.tui.app import WenyamApp


ACTS: Mapping[str, Callable[[Look, Act, str], Question | str]] = {
    "acknowledge": acknowledge,
    "planned-work": planned_work,
    "recheck": recheck,
    "silence": silence,
}
"""What may be done about a row, by the name that keys and palette use."""


ACTS_WORDS: Sequence[tuple[str, str, str]] = (
    ("acknowledge", "a", mark("acknowledge the incident of this row")),
    ("planned-work", "m", mark("plan work on it")),
    ("recheck", "r", mark("check it again now")),
    ("silence", "S", mark("silence alerts about it")),
)
"""The acts for the palette: (name, key, words)."""


_READING = 2
"""Lines in which the row under the cursor is read in full: as many, whatever it says, so that nothing jumps."""


class FilterLine(Input):
    """Where the filter is typed."""


class Page(Screen[None]):
    """One screen of the dashboard. A new one gives `TITLE_WORDS`, `body` and `draw`, and its line in `screens.SCREENS`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = TONED
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", show=False),
        Binding("escape", "out", show=False),
        Binding("a", "ask('acknowledge')", show=False),
        Binding("m", "ask('planned-work')", show=False),
        Binding("r", "ask('recheck')", show=False),
        Binding("S", "ask('silence')", show=False),
    ]
    NEEDS: ClassVar[frozenset[str]] = frozenset()
    """Names of the parts (see `gathering.PARTS`) that this screen shows."""
    KEYS: ClassVar[Sequence[tuple[str, str, str]]] = ()
    """Keys of this screen alone for the line below: (action, key, words)."""
    NAME: ClassVar[str] = ""
    """The name in the list of screens."""
    HELP: ClassVar[str] = ""
    """What this screen is for, in a sentence or two, for the help."""

    def __init__(self) -> None:
        """Begin without a filter."""
        super().__init__()
        self.wanted = ""
        self.folded: frozenset[str] = frozenset()
        self.order = 0
        self._theme = ""

    @property
    def board(self) -> "WenyamApp":
        """The dashboard."""
        from wenyam.tui.app import WenyamApp  # noqa: PLC0415  # the dashboard imports its screens

        if not isinstance(self.app, WenyamApp):
            raise TypeError("a page is shown by the dashboard alone")
        return self.app

    @property
    def commands(self) -> Sequence[tuple[str, str, str]]:
        """What can be done on this screen, as (action, key, words): the acts on a row, told at length, and its own keys."""
        acts = [(f"screen.ask('{name}')", key, words) for name, key, words in ACTS_WORDS] if self.has_acts else []
        told = {key for _, key, _ in acts}
        return [*acts, *(entry for entry in self.KEYS if entry[1] not in told)]

    @property
    def tab(self) -> str:
        """Return which tab is marked."""
        return self.NAME

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

    @property
    def has_acts(self) -> bool:
        """Whether its rows are about things that the acts of every screen are for."""
        return type(self).subject is not Page.subject

    def subject(self) -> str:
        """Return what the acts of the keys are about: the subject under the cursor; empty when there is none."""
        return ""

    def action_ask(self, name: str) -> None:
        """Ask about one act on the row under the cursor."""
        subject = self.subject()
        if not subject:
            self.board.tell(self.board.say("Put the cursor on a device, a service or a problem first."))
            return
        asked = ACTS[name](self.look(), self.board.act, subject)
        if isinstance(asked, str):
            self.board.tell(asked)
        else:
            self.board.ask(asked)

    def look(self) -> Look:
        """Return the present picture as this screen's reader wants it."""
        return self.board.look_of(self.wanted, self.folded, self.order)

    def show(self) -> None:
        """Show the present picture in the whole screen."""
        if not self.is_mounted or not self.query(TopLine):
            return  # a picture that comes while the lines are being made or taken away
        look = self.look()
        self.set_class(look.picture.looked and not look.picture.live, STALE)
        self.query_one(TopLine).show([frame.top(look)])
        self.query_one(Tabs).show(frame.tabs(look, self.board.tabs), frame.going_to(self.tab))
        banner, said = self.query_one(Banner), frame.banner(look, max(20, self.size.width - 2))
        banner.display = bool(said)
        banner.show(said)
        self.query_one(KeyLine).show(frame.keys(look, self.KEYS))
        self.draw(look)

    def on_mount(self) -> None:
        """Show what is known already, in the styles of the present theme."""
        self._theme = self.app.theme
        self.show()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Show what has come since this screen was last seen; styled anew only when the theme is another one."""
        event.refresh_styles = self._theme != self.app.theme
        self._theme = self.app.theme
        self.show()

    def action_filter(self) -> None:
        """Open the filter."""
        line = self.query_one(FilterLine)
        line.placeholder = self.board.say(mark("Type to filter; Enter keeps it, Esc takes it away"))
        line.add_class("open")
        line.focus()

    def action_out(self) -> None:
        """Take the filter away; without one go back to where one came from."""
        if self.wanted or self.query_one(FilterLine).has_class("open"):
            self.clear_filter()
        else:
            self.board.action_leave()

    def clear_filter(self) -> None:
        """Take the filter away."""
        self.wanted = ""
        self.query_one(FilterLine).value = ""
        self._close_filter()

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
        """Make the table, and below it the line that reads its row in full."""
        yield QuietTable()
        yield Reading([[]] * _READING)

    def rows(self, look: Look) -> Rows:
        """Return what the table shows."""
        raise NotImplementedError

    def draw(self, look: Look) -> None:
        """Show the rows."""
        self.table.show(self.rows(look))
        self._read()

    def on_quiet_table_moved(self) -> None:
        """Read the row to which the cursor came."""
        self._read()

    def _read(self) -> None:
        lines = wrapped(self.table.cut_off, max(20, self.size.width - 2))
        whole = [*lines[: _READING - 1], " ".join(lines[_READING - 1 :])]
        self.query_one(Reading).show([[Cell(line)] for line in [*whole, *[""] * _READING][:_READING]])

    @property
    def table(self) -> QuietTable:
        """The table."""
        return self.query_one(QuietTable)

    @property
    def in_view(self) -> Sequence[str]:
        """The keys of the rows in view; none before the table is there."""
        tables = self.query(QuietTable)
        return tables.first().in_view if tables else ()

    def fold(self, key: str) -> None:
        """Fold a row that is open, open one that is folded."""
        self.folded = self.folded ^ {key}
        self.show()


class SectionsPage(TablePage):
    """A table of sections that Space folds."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "fold", show=False)]

    def action_fold(self) -> None:
        """Fold or open a section."""
        if is_section(self.table.key):
            self.fold(self.table.key)


class HeadedPage(SectionsPage):
    """A table of sections under some lines; Enter on a title folds it too. A new one gives `head` beside `rows`."""

    def body(self) -> Iterable[Widget]:
        """Put the lines above the table."""
        yield Block(id="head")
        yield from super().body()

    def head(self, look: Look, width: int) -> Sequence[Line]:
        """Return the lines above the table."""
        raise NotImplementedError

    def draw(self, look: Look) -> None:
        """Show both."""
        self.query_one("#head", Block).show(self.head(look, self.size.width))
        super().draw(look)

    def on_quiet_table_chosen(self, event: QuietTable.Chosen) -> None:
        """Fold or open a section, or open what a row is about."""
        if is_section(event.key):
            self.fold(event.key)
        else:
            self.opened(event.key)

    def opened(self, key: str) -> None:
        """Open what a row is about; most rows have nothing more to show."""
