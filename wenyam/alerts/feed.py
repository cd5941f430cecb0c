"""What the exporter and the screens see of incidents and alerts: counts, as the samples of one subject of the house itself."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from wenyam.alerts.outbox import Outbox
from wenyam.engine.watched import Watched, watched_feed
from wenyam.incidents import samples
from wenyam.incidents.book import Book
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.model.inventory import ReadPlan
from wenyam.model.samples import Family, Reading
from wenyam.model.states import Subject, SubjectKind

PLAN: Final = ReadPlan("counts", "alerts", interval=5.0, timeout=5.0, options=None)
ALERTS: Final = Subject(SubjectKind.MONITOR, "alerts", "counts")


class Counted(Protocol):
    """Who owns the book and the outbox."""

    book: Book
    outbox: Outbox


class AlertFeed:
    """Counts what is in memory; nothing is read."""

    def __init__(self) -> None:
        """Know nobody yet: the watcher is made before the alert service."""
        self.service: Counted | None = None
        self._channels: tuple[str, ...] = ()

    @property
    def plan(self) -> ReadPlan:
        """How often it counts."""
        return PLAN

    def configure(self, configuration: Configuration) -> Sequence[Watched]:
        """Take the channels of a configuration."""
        self._channels = tuple(configuration.alerts.channels)
        return [watched_feed(ALERTS, PLAN, ())]

    async def collect(self, now: Instant) -> Mapping[Subject, Reading]:  # noqa: ARG002  # counts have no time of their own
        """Return the counts."""
        if self.service is None:
            return {ALERTS: Reading()}
        waiting = Family(
            "alerts_pending",
            tuple((("channel", name),) for name in self._channels),
            tuple(float(len(self.service.outbox.waiting(name))) for name in self._channels),
        )
        return {ALERTS: Reading((*samples.samples(self.service.book), waiting))}
