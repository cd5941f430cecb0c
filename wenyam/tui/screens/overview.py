"""Overview: how the whole stands; Enter on a line opens what it is about."""

from collections.abc import Sequence
from typing import ClassVar

from wenyam.i18n.translate import mark
from wenyam.tui.cells import Rows
from wenyam.tui.screens.page import SectionsPage
from wenyam.tui.view_models.look import Look
from wenyam.tui.view_models.overview import overview
from wenyam.tui.view_models.sections import section_of
from wenyam.tui.widgets.quiet_table import QuietTable


class OverviewPage(SectionsPage):
    """The first screen."""

    NAME = "overview"
    NEEDS = frozenset({"incidents", "duty", "backups", "figures", "recovery"})
    KEYS: ClassVar[Sequence[tuple[str, str, str]]] = (
        ("screen.ask('acknowledge')", "a", mark("acknowledge")),
        ("screen.ask('planned-work')", "m", mark("plan work")),
        ("screen.ask('recheck')", "r", mark("check again")),
    )
    HELP = mark(
        "How the whole stands, in a few lines each. Enter on a line opens it, Enter on a title the screen that says more."
    )

    def rows(self, look: Look) -> Rows:
        """Return everything in a few lines."""
        return overview(look)

    def subject(self) -> str:
        """Return the problem or service under the cursor."""
        section, _, rest = self.table.key.partition(":")
        return rest if section in ("problems", "services") else ""

    def on_quiet_table_chosen(self, event: QuietTable.Chosen) -> None:
        """Open the device or service of the line, else the screen that says more."""
        standing = self.board.picture.states.by_subject.get(self.subject())
        if standing is not None and standing.kind in ("device", "service", "link"):
            self.board.open_owner(standing.kind, standing.name)
        else:
            name = section_of(event.key)
            if name in [each for each, _, _ in self.board.tabs]:
                self.board.action_go(name)
