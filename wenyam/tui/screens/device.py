"""Everything about one device or service; Enter on a neighbour goes on to it, Esc comes back."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from wenyam.i18n.translate import mark
from wenyam.tui.cells import Rows
from wenyam.tui.picture import Wishes
from wenyam.tui.screens.page import TablePage
from wenyam.tui.view_models.device import everything, head, near
from wenyam.tui.view_models.look import Look
from wenyam.tui.view_models.sections import is_section
from wenyam.tui.widgets.block import Block
from wenyam.tui.widgets.quiet_table import QuietTable


class DevicePage(TablePage):
    """One device or service."""

    NEEDS = frozenset({"incidents", "history"})
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "fold", show=False)]
    KEYS: ClassVar[Sequence[tuple[str, str, str]]] = (
        ("screen.out", "Esc", mark("back")),
        ("screen.ask('acknowledge')", "a", mark("acknowledge")),
        ("screen.ask('planned-work')", "m", mark("plan work")),
        ("screen.ask('recheck')", "r", mark("check again")),
    )
    HELP = mark("Everything about one device or service. Space folds a section, Enter goes to a neighbour, Esc goes back.")

    def __init__(self, owner: str) -> None:
        """Take the device or service as `kind:name`."""
        super().__init__()
        self.owner = owner

    @property
    def tab(self) -> str:
        """Mark the tab it was reached from."""
        return "devices" if self.owner.startswith("device:") else "services"

    @property
    def wishes(self) -> Wishes:
        """Its details too."""
        return Wishes(self.NEEDS, self.owner)

    def body(self) -> Iterable[Widget]:
        """Put what it is above the table."""
        yield Block(id="head")
        yield QuietTable()

    def rows(self, look: Look) -> Rows:
        """Return everything about it."""
        return everything(look, self.owner)

    def draw(self, look: Look) -> None:
        """Show both."""
        self.query_one("#head", Block).show(head(look, self.owner, self.size.width))
        super().draw(look)

    def subject(self) -> str:
        """Return the check under the cursor, else the device itself."""
        section, _, rest = self.table.key.partition(":")
        return rest if section == "checks" else self.owner

    def action_fold(self) -> None:
        """Fold or open a section."""
        if is_section(self.table.key):
            self.fold(self.table.key)

    def on_quiet_table_chosen(self, event: QuietTable.Chosen) -> None:
        """Go to a neighbour, or fold a section."""
        subject = near(self.look(), self.owner, event.key)
        if subject:
            self.board.open_owner(*subject.split(":", 1))
        elif is_section(event.key):
            self.fold(event.key)
