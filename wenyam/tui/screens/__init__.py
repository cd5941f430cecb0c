"""The screens. A new one is a file here and its line in the list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wenyam.i18n.translate import mark
from wenyam.tui.screens.availability import AvailabilityPage
from wenyam.tui.screens.backups import BackupsPage, RestoresPage
from wenyam.tui.screens.devices import DevicesPage
from wenyam.tui.screens.events import EventsPage
from wenyam.tui.screens.incidents import IncidentsPage
from wenyam.tui.screens.oncall import OnCallPage
from wenyam.tui.screens.overview import OverviewPage
from wenyam.tui.screens.page import Page
from wenyam.tui.screens.problems import ProblemsPage
from wenyam.tui.screens.recovery import RecoveryPage
from wenyam.tui.screens.services import ServicesPage


@dataclass(frozen=True, slots=True)
class Entry:
    """One screen with a key of its own."""

    name: str
    key: str
    title: str
    page: Callable[[], Page]


SCREENS: Sequence[Entry] = (
    Entry("overview", "1", mark("Overview"), OverviewPage),
    Entry("problems", "2", mark("Problems"), ProblemsPage),
    Entry("devices", "3", mark("Devices"), DevicesPage),
    Entry("services", "4", mark("Services"), ServicesPage),
    Entry("availability", "5", mark("Availability"), AvailabilityPage),
    Entry("backups", "6", mark("Backups"), BackupsPage),
    Entry("restores", "7", mark("Restore tests"), RestoresPage),
    Entry("recovery", "8", mark("DR"), RecoveryPage),
    Entry("incidents", "9", mark("Incidents"), IncidentsPage),
    Entry("events", "0", mark("Events"), EventsPage),
    Entry("oncall", "o", mark("On call"), OnCallPage),
)
"""Every screen that has a key, in the order of the tabs. `Entry.name` is the page's `NAME`."""
