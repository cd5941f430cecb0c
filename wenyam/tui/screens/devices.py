"""Devices: a tree by site and kind, with a filter and several orders."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from wenyam.i18n.translate import mark
from wenyam.tui.cells import Rows
from wenyam.tui.picture import Wishes
from wenyam.tui.screens.page import TablePage
from wenyam.tui.view_models.devices import ORDERS, device_of, devices
from wenyam.tui.view_models.look import Look
from wenyam.tui.widgets.quiet_table import QuietTable


class DevicesPage(TablePage):
    """The table of devices."""

    NAME = "devices"
    NEEDS = frozenset({"incidents", "glances"})
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "fold", show=False), Binding("s", "sort", show=False)]
    KEYS: ClassVar[Sequence[tuple[str, str, str]]] = (
        ("screen.ask('planned-work')", "m", mark("plan work")),
        ("screen.ask('recheck')", "r", mark("check again")),
        ("screen.sort", "s", mark("order")),
        ("screen.fold", "Space", mark("fold")),
    )
    HELP = mark("Every device under its site and kind. Space folds a branch, s changes the order, Enter opens the device.")

    @property
    def wishes(self) -> Wishes:
        """The last days of the rows in view too."""
        return Wishes(self.NEEDS, in_view=frozenset(each for each in self.in_view if device_of(each)))

    def rows(self, look: Look) -> Rows:
        """Return the devices."""
        return devices(look)

    def subject(self) -> str:
        """Return the device under the cursor."""
        return self.table.key if device_of(self.table.key) else ""

    def action_fold(self) -> None:
        """Fold or open a branch."""
        if self.table.key and not device_of(self.table.key):
            self.fold(self.table.key)

    def action_sort(self) -> None:
        """Take the next order."""
        self.order = (self.order + 1) % len(ORDERS)
        self.show()

    def on_quiet_table_chosen(self, event: QuietTable.Chosen) -> None:
        """Open the device, or fold the branch."""
        name = device_of(event.key)
        if name:
            self.board.open_owner("device", name)
        else:
            self.fold(event.key)
