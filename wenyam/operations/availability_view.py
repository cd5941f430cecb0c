"""What the dashboard's page of availability shows: figures of everything, a calendar, outages, and what other rules would say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from wenyam.availability.buckets import Buckets
from wenyam.availability.days import daily
from wenyam.availability.figures import Figures, figures
from wenyam.garbage import collector_paused
from wenyam.i18n.periods import NamedPeriod, parse_period
from wenyam.model.instance import AvailabilityRules, Configuration
from wenyam.model.instants import Instant, Period, from_datetime, to_datetime
from wenyam.model.inventory import Inventory
from wenyam.model.states import SubjectKind
from wenyam.operations.accounts import Account, open_account
from wenyam.operations.availability import Entry, entries, everything
from wenyam.operations.dashboard import reading
from wenyam.operations.reports import Inquiry, Loss, newest_losses

PERIODS = ("this-month", "last-month", "this-fy", "last-fy", "last:30d")
"""The periods the page steps through; `wenyam availability` knows them all."""
_MOST_DAYS = 62
OUTAGES = 200
"""How many outages the page lists at most; a report lists all."""
WHOLE = "whole:whole"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Stretches of a period (days, or months of a long one) and the availability of some subjects in each."""

    edges: tuple[Instant, ...]
    """One more than there are stretches."""
    monthly: bool
    rows: Mapping[str, tuple[float | None, ...]]
    """By `kind:name`; None where nothing was measured, or the time is still to come."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The figures of the whole under other rules."""

    count_unreachable: bool
    exclude_planned: bool
    in_force: bool
    figures: Figures


@dataclass(frozen=True, slots=True)
class AvailabilityView:
    """One period, told in every way the page has."""

    period: NamedPeriod
    rules: AvailabilityRules
    final: bool
    entries: tuple[Entry, ...]
    calendar: Calendar
    losses: tuple[Loss, ...]
    """The newest first, as many as are listed."""
    outages: int
    """How many there are in all."""
    what_if: tuple[WhatIf, ...]
    problems: tuple[str, ...] = ()


@collector_paused()
def view(configuration: Configuration, now: Instant, period: str) -> AvailabilityView:
    """Count one period; UsageError when it has not begun, StoreError when nothing is kept."""
    inventory, rules = configuration.inventory, configuration.instance.availability
    with reading(configuration) as reader:
        account = open_account(configuration, reader, parse_period(period, now, rules.time_zone), now)
        found, outages = newest_losses(Inquiry(configuration, reader, account), OUTAGES)
    return told(account, inventory, found, outages)


def told(account: Account, inventory: Inventory, found: Sequence[Loss], outages: int) -> AvailabilityView:
    """Tell a counted period, its newest outages, oldest first, and how many there are, in every way."""
    lines = entries(account, inventory, everything(inventory, account.counts))
    return AvailabilityView(
        period=account.period,
        rules=account.rules,
        final=account.final,
        entries=tuple(lines),
        calendar=calendar(account),
        losses=tuple(reversed(found)),
        outages=outages,
        what_if=what_if(lines[0].buckets, account.rules),
        problems=account.problems,
    )


def calendar(account: Account) -> Calendar:
    """Return the days of the whole, of every service and of every link."""
    edges, monthly = stretches(account.period.period, account.rules.time_zone)
    parts = {subject: (line, account.planned.get(subject, ())) for subject, line in account.lines.items()}
    whole = [part for subject, part in parts.items() if subject.kind is not SubjectKind.SERVICE]
    rows = {WHOLE: _ratios(daily(whole, edges), account.rules)}
    for subject in sorted(subject for subject in parts if subject.kind is not SubjectKind.DEVICE):
        rows[f"{subject.kind.value}:{subject.name}"] = _ratios(daily([parts[subject]], edges), account.rules)
    return Calendar(tuple(edges), monthly, rows)


def stretches(period: Period, time_zone: str) -> tuple[list[Instant], bool]:
    """Return the edges of the days of a period, of its months when it is long, and which of both they are."""
    zone = ZoneInfo(time_zone)
    monthly = period.seconds > _MOST_DAYS * 86_400
    moment = to_datetime(period.start).astimezone(zone)
    edges = [period.start]
    while edges[-1] < period.end:
        moment = _next(moment, monthly=monthly)
        edges.append(min(from_datetime(moment), period.end))
    return edges, monthly


def _next(moment: datetime, *, monthly: bool) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if not monthly:
        return midnight + timedelta(days=1)
    return (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)


def what_if(buckets: Buckets, rules: AvailabilityRules) -> tuple[WhatIf, ...]:
    """Return the figures under every choice of the two rules that manuals leave open, the ones in force among them."""
    found = []
    for unreachable in (True, False):
        for planned in (True, False):
            other = replace(rules, count_unreachable=unreachable, exclude_planned=planned)
            found.append(WhatIf(unreachable, planned, other == rules, figures(buckets, other)))
    return tuple(found)


def _ratios(days: Sequence[Buckets], rules: AvailabilityRules) -> tuple[float | None, ...]:
    return tuple(figures(day, rules).availability for day in days)
