"""On call: who is on duty, how to reach them, who takes over."""

from collections.abc import Iterable

from textual.widget import Widget

from wenyam.i18n.translate import mark
from wenyam.tui.cells import Rows
from wenyam.tui.screens.page import TablePage
from wenyam.tui.view_models.look import Look
from wenyam.tui.view_models.oncall import head, oncall
from wenyam.tui.widgets.block import Block
from wenyam.tui.widgets.quiet_table import QuietTable


class OnCallPage(TablePage):
    """The table of duties."""

    NAME = "oncall"
    NEEDS = frozenset({"duty"})
    HELP = mark("Who is on duty in every rota now, in the order they are called, until when, and who takes over.")

    def body(self) -> Iterable[Widget]:
        """Put the day above the table."""
        yield Block(id="head")
        yield QuietTable()

    def rows(self, look: Look) -> Rows:
        """Return the duties."""
        return oncall(look)

    def draw(self, look: Look) -> None:
        """Show both."""
        self.query_one("#head", Block).show(head(look))
        super().draw(look)
