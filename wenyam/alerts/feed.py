"""What the exporter and the screens see of incidents and alerts: counts, and how the channels are, as samples of the house."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol

from wenyam.alerts.health import waiting
from wenyam.alerts.outbox import Outbox
from wenyam.checks.status import StatusParameters
from wenyam.engine.watched import Watched, watched_feed
from wenyam.i18n.translate import mark, translator
from wenyam.incidents import samples
from wenyam.incidents.book import Book
from wenyam.model.alerting import ChannelPlan
from wenyam.model.incidents import IncidentRules
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, after
from wenyam.model.inventory import AT_ONCE, CheckPlan, ReadPlan, Text
from wenyam.model.names import STATUS_FAILED, STATUS_OK
from wenyam.model.samples import Family, Reading
from wenyam.model.states import Subject, SubjectKind
from wenyam.settings import schedule

PLAN: Final = ReadPlan("counts", "alerts", interval=5.0, timeout=5.0, options=None)
ALERTS: Final = Subject(SubjectKind.MONITOR, "alerts", "counts")
SELF_TESTS: Final = "self-tests"
LATE_SECONDS: Final = 3600.0
"""A self-test that is due is made within a quarter of an hour; after an hour something is wrong."""
_LATE: Final = mark("Nobody knows whether this channel still reaches people: run 'wenyam alert test' for it, and look at the log")


class Counted(Protocol):
    """Who owns the book and the outbox, and knows how channels are."""

    book: Book
    outbox: Outbox

    def is_troubled(self, channel: str) -> bool:
        """Tell whether a channel's last message or self-test failed."""


class AlertFeed:
    """Counts what is in memory; nothing is read."""

    def __init__(self) -> None:
        """Know nobody yet: the watcher is made before the alert service."""
        self.service: Counted | None = None
        self._channels: Mapping[str, ChannelPlan] = {}
        self._rules = IncidentRules()
        self._zone = ""
        self._begun: Instant | None = None

    @property
    def plan(self) -> ReadPlan:
        """How often it counts."""
        return PLAN

    def configure(self, configuration: Configuration) -> Sequence[Watched]:
        """Take the channels and limits of a configuration; a self-test that is not made is a fault."""
        self._channels, self._rules = configuration.alerts.channels, configuration.incidents
        self._zone = configuration.instance.availability.time_zone
        tested = any(channel.self_test is not None for channel in self._channels.values())
        return [watched_feed(ALERTS, PLAN, [self_test_check()] if tested else ())]

    async def collect(self, now: Instant) -> Mapping[Subject, Reading]:
        """Return the counts."""
        self._begun = now if self._begun is None else min(self._begun, now)
        if self.service is None:
            return {ALERTS: Reading()}
        return {ALERTS: Reading((*samples.samples(self.service.book, self._rules, now), *self._of_channels(self.service, now)))}

    def _of_channels(self, service: Counted, now: Instant) -> Iterable[Family]:
        outbox, names = service.outbox, tuple(self._channels)
        tested = tuple(name for name in names if self._channels[name].self_test is not None)
        hasty = waiting(outbox, self._channels, now).oldest_by_channel
        yield _family("alerts_pending", names, lambda name: len(outbox.waiting(name)))
        yield _family("alerts_oldest_seconds", names, lambda name: hasty.get(name, 0.0))
        yield _family("alert_channel_status", names, lambda name: STATUS_FAILED if service.is_troubled(name) else STATUS_OK)
        yield _family("alert_self_test_status", tested, lambda name: self._self_test_status(service, name, now))

    def _self_test_status(self, service: Counted, name: str, now: Instant) -> float:
        begun = now if self._begun is None else self._begun
        last, _ = service.outbox.self_tests.get(name, (begun, ""))
        late = is_late(self._channels[name], self._zone, last, begun, now)
        return STATUS_FAILED if late else STATUS_OK


def is_late(channel: ChannelPlan, zone: str, last: Instant, begun: Instant, now: Instant) -> bool:
    """Tell whether a self-test that came due after the last one was not made; what came due before we began is made at once."""
    if channel.self_test is None:
        return False
    due = schedule.parse(channel.self_test, zone).next_after(last)
    return now > after(max(due, begun), LATE_SECONDS)


def self_test_check() -> CheckPlan:
    """Return the check that every channel's self-test is made when it is due."""
    runbook = Text(translator("th")(_LATE), _LATE)
    return CheckPlan(SELF_TESTS, "status", StatusParameters(samples=("alert_self_test_status",)), AT_ONCE, runbook=runbook)


def _family(name: str, channels: Sequence[str], value: Callable[[str], float]) -> Family:
    labels = tuple((("channel", channel),) for channel in channels)
    return Family(name, labels, tuple(float(value(channel)) for channel in channels))
