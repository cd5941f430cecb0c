"""Problems: what is wrong, causes on top with what they explain folded under them."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from wenyam.i18n.translate import mark
from wenyam.tui.cells import Rows
from wenyam.tui.screens.page import TablePage
from wenyam.tui.view_models.look import Look
from wenyam.tui.view_models.problems import problems
from wenyam.tui.widgets.quiet_table import QuietTable


class ProblemsPage(TablePage):
    """The table of problems."""

    NAME = "problems"
    NEEDS = frozenset({"incidents"})
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "fold", show=False)]
    KEYS: ClassVar[Sequence[tuple[str, str, str]]] = (
        ("screen.ask('acknowledge')", "a", mark("acknowledge")),
        ("screen.ask('planned-work')", "m", mark("plan work")),
        ("screen.ask('recheck')", "r", mark("check again")),
        ("screen.fold", "Space", mark("what is behind it")),
    )
    HELP = mark("What is wrong, worst first. What a cause explains is folded under it: space opens it. Enter opens the device.")

    def rows(self, look: Look) -> Rows:
        """Return the problems."""
        return problems(look)

    def subject(self) -> str:
        """Return the problem under the cursor."""
        return self.table.key

    def action_fold(self) -> None:
        """Show or hide what a cause explains."""
        self.fold(self.table.key)

    def on_quiet_table_chosen(self, event: QuietTable.Chosen) -> None:
        """Open the device or service of the row."""
        standing = self.board.picture.states.by_subject.get(event.key)
        if standing is not None:
            self.board.open_owner(standing.kind, standing.name)
