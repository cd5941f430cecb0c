"""DR: every plan and how it stands; one plan with its run, live."""

from collections.abc import Sequence
from typing import ClassVar

from wenyam.i18n.translate import mark
from wenyam.tui.cells import Line, Rows
from wenyam.tui.screens.page import HeadedPage, TablePage
from wenyam.tui.view_models.look import Look
from wenyam.tui.view_models.recovery import head, plan, plans
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


class PlanPage(HeadedPage):
    """One plan and its run."""

    NEEDS = frozenset({"recovery"})
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

    def rows(self, look: Look) -> Rows:
        """Return everything about it."""
        return plan(look, self._plan)

    def head(self, look: Look, width: int) -> Sequence[Line]:  # noqa: ARG002  # the others' form
        """Return what stands above it."""
        return head(look, self._plan)
