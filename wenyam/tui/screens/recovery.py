"""DR: every plan and how it stands; one plan with its run, live."""

from collections.abc import Sequence
from typing import ClassVar

from wenyam.i18n.translate import mark
from wenyam.tui.actions.approve import approve
from wenyam.tui.cells import Line, Rows
from wenyam.tui.screens.page import HeadedPage, Page, TablePage
from wenyam.tui.view_models.look import Look
from wenyam.tui.view_models.recovery import head, plan, plans
from wenyam.tui.widgets.quiet_table import QuietTable

_APPROVE = ("screen.ask('acknowledge')", "a", mark("approve"))


def _ask_approval(page: Page, plan: str, step: str = "") -> None:
    """Ask whether a step of a plan's run is to be signed."""
    asked = approve(page.look(), page.board.act, plan, step)
    if isinstance(asked, str):
        page.board.tell(asked)
    else:
        page.board.ask(asked)


class RecoveryPage(TablePage):
    """The table of plans."""

    NAME = "recovery"
    NEEDS = frozenset({"recovery"})
    KEYS: ClassVar[Sequence[tuple[str, str, str]]] = (_APPROVE,)
    HELP = mark(
        "Plans for the DR site: when each was last rehearsed and drilled well, what it measured, and the run in progress."
    )

    def rows(self, look: Look) -> Rows:
        """Return the plans."""
        return plans(look)

    def action_ask(self, name: str) -> None:
        """Approve a step of the plan under the cursor; the other acts are about devices."""
        if name == "acknowledge" and self.table.key:
            _ask_approval(self, self.table.key.split(":")[1])
        else:
            super().action_ask(name)

    def on_quiet_table_chosen(self, event: QuietTable.Chosen) -> None:
        """Open the plan of the line."""
        self.board.push_screen(PlanPage(event.key.split(":")[1]))


class PlanPage(HeadedPage):
    """One plan and its run."""

    NEEDS = frozenset({"recovery"})
    KEYS: ClassVar[Sequence[tuple[str, str, str]]] = (("screen.out", "Esc", mark("back")), _APPROVE)
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

    def head(self, look: Look, width: int) -> Sequence[Line]:
        """Return what stands above it."""
        return head(look, self._plan, width)

    def action_ask(self, name: str) -> None:
        """Approve the step under the cursor, or the one that waits; the other acts are about devices."""
        if name == "acknowledge":
            section, _, step = self.table.key.partition(":")
            _ask_approval(self, self._plan, step if section == "steps" else "")
        else:
            super().action_ask(name)
