"""Events: what happened in the last day, the newest on top."""

from wenyam.i18n.translate import mark
from wenyam.tui.cells import Rows
from wenyam.tui.screens.page import TablePage
from wenyam.tui.view_models.events import events
from wenyam.tui.view_models.look import Look
from wenyam.tui.widgets.quiet_table import QuietTable


class EventsPage(TablePage):
    """The list of events."""

    NAME = "events"
    NEEDS = frozenset({"events"})
    HELP = mark("What happened in the last 24 hours: changes of state, and what people and the program put on record. / filters.")

    def rows(self, look: Look) -> Rows:
        """Return the events."""
        return events(look)

    def on_quiet_table_chosen(self, event: QuietTable.Chosen) -> None:
        """Open what the event is about."""
        subject = event.key.split(":", 2)[2]
        kind, colon, name = subject.partition("/")[0].partition(":")
        if colon:
            self.board.open_owner(kind, name)
