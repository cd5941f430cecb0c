"""Everything about one device or service; Enter on a neighbour goes on to it, Esc comes back."""

from collections.abc import Sequence
from typing import ClassVar

from wenyam.i18n.translate import mark
from wenyam.tui.cells import Line, Rows
from wenyam.tui.picture import Wishes
from wenyam.tui.screens.page import FilterLine, HeadedPage
from wenyam.tui.view_models.device import everything, head, near
from wenyam.tui.view_models.look import Look


class DevicePage(HeadedPage):
    """One device or service."""

    NEEDS = frozenset({"incidents", "history"})
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

    def begin(self, owner: str) -> None:
        """Be about another one, as a new page would: no filter, nothing folded, the cursor at the top."""
        self.owner = owner
        self.folded = frozenset()
        if self.query(FilterLine):  # else it is new
            self.clear_filter()
            self.table.begin()

    @property
    def tab(self) -> str:
        """Mark the tab it was reached from."""
        return "devices" if self.owner.startswith("device:") else "services"

    @property
    def wishes(self) -> Wishes:
        """Its details too."""
        return Wishes(self.NEEDS, self.owner)

    def rows(self, look: Look) -> Rows:
        """Return everything about it."""
        return everything(look, self.owner)

    def head(self, look: Look, width: int) -> Sequence[Line]:
        """Return what stands above it."""
        return head(look, self.owner, width)

    def subject(self) -> str:
        """Return the check under the cursor, else the device itself."""
        section, _, rest = self.table.key.partition(":")
        return rest if section == "checks" else self.owner

    def opened(self, key: str) -> None:
        """Go to a neighbour."""
        subject = near(self.look(), self.owner, key)
        if subject:
            self.board.open_owner(*subject.split(":", 1))
