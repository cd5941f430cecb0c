"""On call: who is on duty, how to reach them, who takes over."""

from collections.abc import Sequence

from wenyam.i18n.translate import mark
from wenyam.tui.cells import Line, Rows
from wenyam.tui.screens.page import HeadedPage
from wenyam.tui.view_models.look import Look
from wenyam.tui.view_models.oncall import head, oncall


class OnCallPage(HeadedPage):
    """The table of duties."""

    NAME = "oncall"
    NEEDS = frozenset({"duty"})
    HELP = mark("Who is on duty in every rota now, in the order they are called, until when, and who takes over.")

    def rows(self, look: Look) -> Rows:
        """Return the duties."""
        return oncall(look)

    def head(self, look: Look, width: int) -> Sequence[Line]:  # noqa: ARG002  # the others' form
        """Return what stands above it."""
        return head(look)
