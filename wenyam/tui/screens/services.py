"""Services: what people use, and the lines to the outside."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from wenyam.i18n.translate import mark
from wenyam.tui.cells import Rows
from wenyam.tui.picture import Wishes
from wenyam.tui.screens.page import TablePage
from wenyam.tui.view_models.look import Look
from wenyam.tui.view_models.services import ORDERS, services
from wenyam.tui.widgets.quiet_table import QuietTable


class ServicesPage(TablePage):
    """The table of services and links."""

    NAME = "services"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("s", "sort", show=False)]
    KEYS: ClassVar[Sequence[tuple[str, str, str]]] = (
        ("screen.ask('acknowledge')", "a", mark("acknowledge")),
        ("screen.ask('planned-work')", "m", mark("plan work")),
        ("screen.ask('recheck')", "r", mark("check again")),
        ("screen.sort", "s", mark("order")),
    )
    NEEDS = frozenset({"incidents", "glances"})
    HELP = mark(
        "Every service and every line to the outside, worst first. Enter shows what a service stands on; s changes the order."
    )

    @property
    def wishes(self) -> Wishes:
        """The last days of the rows in view too."""
        return Wishes(self.NEEDS, in_view=frozenset(self.in_view))

    def rows(self, look: Look) -> Rows:
        """Return services and links."""
        return services(look)

    def subject(self) -> str:
        """Return the service or link under the cursor."""
        return self.table.key

    def action_sort(self) -> None:
        """Take the next order."""
        self.order = (self.order + 1) % len(ORDERS)
        self.show()

    def on_quiet_table_chosen(self, event: QuietTable.Chosen) -> None:
        """Open the service or link."""
        self.board.open_owner(*event.key.split(":", 1))
