"""DR: every plan and how it stands; one plan with its run, live."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from wenyam.i18n.translate import mark
from wenyam.tui.cells import Rows
from wenyam.tui.screens.page import TablePage
from wenyam.tui.view_models.look import Look
from wenyam.tui.view_models.recovery import head, plan, plans
from wenyam.tui.view_models.sections import is_section
from wenyam.tui.widgets.block import Block
from wenyam.tui.widgets.quiet_table import QuietTable


class RecoveryPage(TablePage):
    """The table of plans."""

    NAME = "recovery"
    NEEDS = frozenset({"recovery"})
    HELP = mark(
        "Plans for the DR site: when each was last rehearsed and drilled well, what it measured, and the run in progress."
    )

    def rows(self, look: Look) -> Rows:
        """Return the plans."""
        return plans(look)

    def on_quiet_table_chosen(self, event: QuietTable.Chosen) -> None:
        """Open the plan of the line."""
        self.board.push_screen(PlanPage(event.key.split(":")[1]))


class PlanPage(TablePage):
    """One plan and its run."""

    NEEDS = frozenset({"recovery"})
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "fold", show=False)]
    KEYS: ClassVar[Sequence[tuple[str, str, str]]] = (("screen.out", "Esc", mark("back")),)
    HELP = mark("One plan: the steps of its run against their limits, times and figures, findings, runs. Space folds a section.")

    def __init__(self, name: str) -> None:
        """Take the plan."""
        super().__init__()
        self._plan = name

    @property
    def tab(self) -> str:
        """Mark the tab of DR."""
        return RecoveryPage.NAME

    def body(self) -> Iterable[Widget]:
        """Put what it is above the table."""
        yield Block(id="head")
        yield QuietTable()

    def rows(self, look: Look) -> Rows:
        """Return everything about it."""
        return plan(look, self._plan)

    def draw(self, look: Look) -> None:
        """Show both."""
        self.query_one("#head", Block).show(head(look, self._plan))
        super().draw(look)

    def action_fold(self) -> None:
        """Fold or open a section."""
        if is_section(self.table.key):
            self.fold(self.table.key)

    def on_quiet_table_chosen(self, event: QuietTable.Chosen) -> None:
        """Fold or open a section."""
        if is_section(event.key):
            self.fold(event.key)
