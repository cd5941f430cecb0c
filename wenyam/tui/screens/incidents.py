"""Incidents: the open ones, and one of them with its timeline and everything that can be done about it."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from wenyam.i18n.translate import mark
from wenyam.tui.actions.incident_acts import DEEDS, question
from wenyam.tui.cells import Line, Rows
from wenyam.tui.picture import Wishes
from wenyam.tui.screens.page import HeadedPage, TablePage
from wenyam.tui.view_models.incidents import head, incident, incidents
from wenyam.tui.view_models.look import Look
from wenyam.tui.widgets.quiet_table import QuietTable


class IncidentsPage(TablePage):
    """The table of open incidents."""

    NAME = "incidents"
    NEEDS = frozenset({"incidents"})
    KEYS: ClassVar[Sequence[tuple[str, str, str]]] = (("screen.ask('acknowledge')", "a", mark("acknowledge")),)
    HELP = mark("Open incidents, the worst and oldest first. Enter opens one with its timeline and everything that can be done.")

    def rows(self, look: Look) -> Rows:
        """Return the incidents."""
        return incidents(look)

    def action_ask(self, name: str) -> None:
        """Ask whether the incident under the cursor is to be acknowledged; the other acts are about devices."""
        if name == "acknowledge" and self.table.key:
            self.board.ask(question(self.look(), self.board.act, self.table.key, "ack"))
        else:
            super().action_ask(name)

    def on_quiet_table_chosen(self, event: QuietTable.Chosen) -> None:
        """Open the incident."""
        self.board.push_screen(IncidentPage(event.key))
        self.board.gather()


class IncidentPage(HeadedPage):
    """One incident."""

    NEEDS = frozenset({"incident"})
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(deed.key, f"deed('{deed.act}')", show=False) for deed in DEEDS.values() if deed.key != "a"),
    ]
    KEYS: ClassVar[Sequence[tuple[str, str, str]]] = (
        ("screen.out", "Esc", mark("back")),
        *((f"screen.deed('{deed.act}')", deed.key, deed.words) for deed in DEEDS.values()),
    )
    HELP = mark(
        "One incident: what is due, who repairs it, what belongs to it and everything that was done. Space folds a section."
    )

    def __init__(self, code: str) -> None:
        """Take its code."""
        super().__init__()
        self._code = code

    @property
    def tab(self) -> str:
        """Mark the tab of incidents."""
        return IncidentsPage.NAME

    @property
    def wishes(self) -> Wishes:
        """The incident itself."""
        return Wishes(self.NEEDS, f"incident:{self._code}")

    def rows(self, look: Look) -> Rows:
        """Return everything about it."""
        return incident(look, self._code)

    def head(self, look: Look, width: int) -> Sequence[Line]:  # noqa: ARG002  # the others' form
        """Return what stands above it."""
        return head(look, self._code)

    def action_ask(self, name: str) -> None:
        """Acknowledge this incident; the other acts are about devices."""
        if name == "acknowledge":
            self.action_deed("ack")
        else:
            super().action_ask(name)

    def action_deed(self, name: str) -> None:
        """Ask about one act."""
        self.board.ask(question(self.look(), self.board.act, self._code, name))

    def opened(self, key: str) -> None:
        """Open a member's own screen."""
        if key.startswith("members:"):
            kind, _, name = key.removeprefix("members:").partition("/")[0].partition(":")
            self.board.open_owner(kind, name)
