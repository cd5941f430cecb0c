"""Gathers the status page from the store: states, days, planned work, announcements."""

import re
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from wenyam.availability.buckets import Buckets
from wenyam.availability.days import daily
from wenyam.availability.expression import subjects_of
from wenyam.availability.figures import figures
from wenyam.i18n.clean_text import clean
from wenyam.i18n.dates import local_date
from wenyam.i18n.periods import NamedPeriod
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, Period, after, from_datetime
from wenyam.model.inventory import Inventory, Service, Text
from wenyam.model.states import OVERALL, State, StateRecord, Subject, SubjectKind
from wenyam.model.status_page import StatusPagePlan
from wenyam.operations import announcements, maintenance
from wenyam.operations.accounts import Account, open_account
from wenyam.reports.status_page import Day, ShownService, ShownWork, StatusPage
from wenyam.store.interface import Reader
from wenyam.store.sqlite import open_reader

LATE_FACTOR = 2.0
"""A page is out of date when the next one should have been written twice."""
_BAD = (State.DOWN, State.UNREACHABLE)


States = Mapping[Subject, StateRecord]


def gather(configuration: Configuration, plan: StatusPagePlan, now: Instant, states: States | None = None) -> StatusPage:
    """Read everything in one go, `states` known otherwise; StoreError when it cannot be read."""
    with closing(open_reader(Path(configuration.instance.state_directory))) as reader:
        return of_reader(configuration, plan, reader, now, states)


def of_reader(
    configuration: Configuration, plan: StatusPagePlan, reader: Reader, now: Instant, states: States | None = None
) -> StatusPage:
    """Return the page as a reader sees it; by the states of the watcher's memory where it writes the page itself."""
    instance, inventory = configuration.instance, configuration.inventory
    zone = instance.availability.time_zone
    names = [name for name in plan.services or inventory.services if name in inventory.services]
    edges = day_edges(now, plan.days, zone)
    subjects = [Subject(SubjectKind.SERVICE, name) for name in names]
    account = open_account(configuration, reader, NamedPeriod("days", Period(edges[0], edges[-1]), "", ""), now, subjects)
    work = _work(configuration, plan, reader, now)
    sight = _Sight(
        inventory,
        plan,
        account,
        reader.states() if states is None else states,
        tuple(edges),
        {name for each in work if each.now for name in each.services},
    )
    return StatusPage(
        title=plan.title,
        instance=instance.name,
        time_zone=zone,
        written=now,
        due=after(now, LATE_FACTOR * plan.every),
        every=plan.every,
        services=tuple(sight.service(inventory.services[name]) for name in names),
        service_labels={name: service.label for name, service in inventory.services.items()},
        work=tuple(work),
        announcements=tuple(each for each in reversed(announcements.of(reader)) if each.is_open(now)),
        contact=plan.contact,
        head=reader.head() if plan.chain_head else None,
        languages=plan.languages,
    )


def day_edges(now: Instant, days: int, zone: str) -> list[Instant]:
    """Return the midnights around the last days, today's end included."""
    today = local_date(now, zone)
    return [
        from_datetime(datetime.combine(today + timedelta(days=offset), time(), ZoneInfo(zone))) for offset in range(1 - days, 2)
    ]


@dataclass(frozen=True, slots=True)
class _Sight:
    """What is known of services at one moment."""

    inventory: Inventory
    plan: StatusPagePlan
    account: Account
    states: Mapping[Subject, StateRecord]
    edges: tuple[Instant, ...]
    busy: set[str]
    """Services with planned work going on."""

    def service(self, service: Service) -> ShownService:
        """Return one service as it is shown."""
        subject = Subject(SubjectKind.SERVICE, service.name)
        record = self.states.get(_counted(subject))
        counted, again = self.account.counts.get(subject), self.account.corrected.get(subject)
        rules = self.account.rules
        return ShownService(
            name=service.name,
            label=service.label,
            state=State.UNKNOWN if record is None else record.state,
            since=None if record is None else record.since,
            in_work=service.name in self.busy,
            because=self._because(service) if self.plan.device_names else (),
            days=self._days(subject),
            availability=None if counted is None else figures(counted, rules).availability,
            corrected=None if again is None else figures(again, rules).availability,
            objective=service.objective,
        )

    def _days(self, subject: Subject) -> tuple[Day, ...]:
        line, zone = self.account.lines.get(subject), self.account.rules.time_zone
        empty = [Buckets()] * (len(self.edges) - 1)
        spent = empty if line is None else daily([(line, self.account.planned.get(subject, ()))], self.edges)
        return tuple(Day(local_date(edge, zone), buckets) for edge, buckets in zip(self.edges, spent, strict=False))

    def _because(self, service: Service) -> tuple[Text, ...]:
        """Return what of the members is down, by its label."""
        members = () if service.members is None else sorted(set(subjects_of(service.members)))
        records = ((each, self.states.get(_counted(each))) for each in members)
        return tuple(_label(self.inventory, each) for each, record in records if record is not None and record.state in _BAD)


def _counted(subject: Subject) -> Subject:
    return Subject(subject.kind, subject.name, OVERALL) if subject.kind is SubjectKind.SERVICE else subject


def _work(configuration: Configuration, plan: StatusPagePlan, reader: Reader, now: Instant) -> list[ShownWork]:
    """Return planned work that goes on or begins soon enough, the present one first."""
    found = []
    for view in maintenance.views(configuration, reader.windows(), now):
        near = view.next_or_last
        if view.when in ("now", "coming") and near is not None and near.start <= after(now, plan.coming):
            found.append(_shown_work(configuration.inventory, plan, view, near))
    return found


def _shown_work(inventory: Inventory, plan: StatusPagePlan, view: maintenance.View, near: Period) -> ShownWork:
    touched = _services_on(inventory, set(view.window.subjects))
    shown = plan.services or tuple(inventory.services)
    others = [each for each in view.window.subjects if each.kind is not SubjectKind.SERVICE]
    reason = clean(view.window.reason, maintenance.LONGEST_REASON)
    return ShownWork(
        near,
        tuple(name for name in shown if name in touched),
        reason if plan.device_names or not names_a_device(inventory, reason) else "",
        tuple(_label(inventory, each) for each in others) if plan.device_names else (),
        view.when == "now",
    )


def _services_on(inventory: Inventory, subjects: set[Subject]) -> set[str]:
    """Return the services that are meant or stand on what is meant, through other services too."""
    touched = {each.name for each in subjects if each.kind is SubjectKind.SERVICE}
    while True:
        reached = subjects | {Subject(SubjectKind.SERVICE, name) for name in touched}
        more = {
            name for name, service in inventory.services.items()
            if service.members is not None and not reached.isdisjoint(subjects_of(service.members))
        }  # fmt: skip
        if more <= touched:
            return touched
        touched |= more


def names_a_device(inventory: Inventory, text: str) -> bool:
    """Tell whether a text that people wrote names a device by name, label or address."""
    words = {word for device in inventory.devices.values() for word in _names(device.name, device.label, device.addresses)}
    return any(re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", text, re.IGNORECASE) for word in words if word)


def _names(name: str, label: Text | None, addresses: Iterable[str]) -> tuple[str, ...]:
    return (name, *(() if label is None else (label.th, label.en)), *addresses)


def _label(inventory: Inventory, subject: Subject) -> Text:
    known: dict[SubjectKind, Mapping[str, object]] = {
        SubjectKind.DEVICE: inventory.devices, SubjectKind.LINK: inventory.links, SubjectKind.SERVICE: inventory.services,
    }  # fmt: skip
    label = getattr(known.get(subject.kind, {}).get(subject.name), "label", None)
    return label if isinstance(label, Text) else Text(subject.name, subject.name)
