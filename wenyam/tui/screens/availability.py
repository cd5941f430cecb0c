"""Availability: a calendar, figures, outages, and what other rules would say, over a period that `p` changes."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from wenyam.i18n.translate import mark
from wenyam.operations.availability_view import PERIODS
from wenyam.tui.cells import Line, Rows
from wenyam.tui.picture import Wishes
from wenyam.tui.screens.page import HeadedPage
from wenyam.tui.view_models.availability import ORDERS, availability, head
from wenyam.tui.view_models.look import Look


class AvailabilityPage(HeadedPage):
    """The figures of one period."""

    NAME = "availability"
    NEEDS = frozenset({"availability"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "period", show=False),
        Binding("s", "sort", show=False),
    ]
    KEYS: ClassVar[Sequence[tuple[str, str, str]]] = (
        ("screen.period", "p", mark("period")),
        ("screen.sort", "s", mark("order")),
        ("screen.fold", "Space", mark("fold")),
    )
    HELP = mark(
        "Availability of everything over a period, against the objective. The calendar shows each day; p changes the period, "
        "s the order, Space folds a section, Enter opens what the line is about."
    )

    def __init__(self) -> None:
        """Begin with the present month."""
        super().__init__()
        self._period = 0

    @property
    def wishes(self) -> Wishes:
        """The period too."""
        return Wishes(self.NEEDS, period=PERIODS[self._period])

    def rows(self, look: Look) -> Rows:
        """Return figures, outages and what-if."""
        return availability(look)

    def head(self, look: Look, width: int) -> Sequence[Line]:
        """Return what stands above it."""
        return head(look, width)

    def action_period(self) -> None:
        """Take the next period."""
        self._period = (self._period + 1) % len(PERIODS)
        self.board.gather()

    def action_sort(self) -> None:
        """Take the next order."""
        self.order = (self.order + 1) % len(ORDERS)
        self.show()

    def opened(self, key: str) -> None:
        """Open the device, service or link of the line."""
        kind, _, name = key.partition(":")[2].partition("@")[0].partition("/")[0].partition(":")
        if name:
            self.board.open_owner(kind, name)
