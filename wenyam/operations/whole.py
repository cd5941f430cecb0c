"""How available everything was, this month and this fiscal year, for the dashboard: from running totals, without any course."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import add, lt, truediv

from wenyam.availability.buckets import Buckets, count
from wenyam.availability.figures import Figures, down_time, figures
from wenyam.availability.totals import Spent, between
from wenyam.garbage import collector_paused
from wenyam.i18n.periods import NamedPeriod, parse_period
from wenyam.model.instance import AvailabilityRules, Configuration
from wenyam.model.instants import MILLISECONDS, Instant, Period
from wenyam.model.inventory import DEFAULT_OBJECTIVE, Device, Inventory, Link
from wenyam.model.states import Subject, SubjectKind
from wenyam.operations.accounts import known_until, observed, planned_spans_of
from wenyam.operations.dashboard import reading
from wenyam.store.interface import EnteredWindow, Reader

PERIODS = ("this-month", "this-fy")
_POOLED = (SubjectKind.DEVICE, SubjectKind.LINK)
"""What has time of its own; a service would count its members twice."""


@dataclass(frozen=True, slots=True)
class WholeFigures:
    """Everything that is watched, pooled over one period, against the objective; as recorded, without later corrections."""

    period: NamedPeriod
    buckets: Buckets
    figures: Figures
    members: int
    below: int
    """Members whose availability is below their objective."""
    worst_member: str
    allowed: float
    """Seconds that everything together may be down in the whole period."""
    used: float
    """Seconds it was down so far, as the rules count."""
    objective: float = DEFAULT_OBJECTIVE

    @property
    def left(self) -> float:
        """Share of the error budget that is left; negative when it is overdrawn."""
        return 1 - self.used / self.allowed if self.allowed else 0.0


@collector_paused()
def whole_figures(configuration: Configuration, now: Instant) -> tuple[WholeFigures, ...]:
    """Return this month and this fiscal year."""
    periods = [parse_period(name, now, configuration.instance.availability.time_zone) for name in PERIODS]
    with reading(configuration) as reader:
        whole = spent_in(configuration, reader, [named.period for named in periods], now)
    return tuple(_told(configuration, named, part) for named, part in zip(periods, whole, strict=True))


def spent_in(configuration: Configuration, reader: Reader, periods: Sequence[Period], now: Instant) -> list[Spent]:
    """Return where the time of every device and link went in each period, as recorded; each must have begun."""
    known = known_until(reader, now, configuration.instance.heartbeat_gap)
    moments = sorted({moment for period in periods for moment in _edges(period, now)})
    totals = dict(zip(moments, reader.totals(moments, known), strict=True))
    windows = reader.windows()
    parts = [between(*(totals[edge] for edge in _edges(period, now))) for period in periods]
    pooled = [part.where([subject.kind in _POOLED for subject in part.subjects]) for part in parts]
    return [
        part.put_right(_with_planned(configuration, reader, windows, period, part, now=now, known=known))
        for period, part in zip(periods, pooled, strict=True)
    ]


def _edges(period: Period, now: Instant) -> tuple[Instant, Instant]:
    return period.start, min(period.end, now)


def _with_planned(
    configuration: Configuration,
    reader: Reader,
    windows: Sequence[EnteredWindow],
    period: Period,
    spent: Spent,
    *,
    now: Instant,
    known: Instant,
) -> dict[Subject, Buckets]:
    """Count in full who was down at all and had work planned: only a course tells how much of the one lay in the other."""
    planned = planned_spans_of(windows, period, configuration.instance.availability.time_zone)
    if not planned:
        return {}
    bad = map(max, spent.down, spent.unreachable)
    troubled = {subject for subject, time in zip(spent.subjects, bad, strict=True) if time and planned.get(subject)}
    lines = observed(reader, period, troubled, now, known) if troubled else {}
    return {subject: count(line, planned[subject]) for subject, line in lines.items()}


def _told(configuration: Configuration, named: NamedPeriod, spent: Spent) -> WholeFigures:
    rules, buckets, members = configuration.instance.availability, spent.pooled(), len(spent.subjects)
    below, worst_member = _worst(spent, rules, configuration.inventory)
    return WholeFigures(
        period=named,
        buckets=buckets,
        figures=figures(buckets, rules),
        members=members,
        below=below,
        worst_member=worst_member,
        allowed=(1 - DEFAULT_OBJECTIVE) * named.period.seconds * members,
        used=down_time(rules, buckets.down, buckets.unreachable, buckets.planned) / MILLISECONDS,
    )


def _worst(spent: Spent, rules: AvailabilityRules, inventory: Inventory) -> tuple[int, str]:
    """Return how many members are below their objective, and the name of the one with the lowest availability."""
    measured = spent.where(map(add, spent.up, spent.counted_down(rules)))
    ratios = [*map(truediv, measured.up, map(add, measured.up, measured.counted_down(rules)))]
    lowest = min(ratios, default=0.0)
    names = [subject.name for ratio, subject in zip(ratios, measured.subjects, strict=True) if ratio == lowest]
    return sum(map(lt, ratios, _objectives(measured.subjects, inventory))), min(names, default="")


def _objectives(subjects: Sequence[Subject], inventory: Inventory) -> Iterable[float]:
    """Return the objective of each; of what is no longer in the inventory the usual one."""
    things: dict[SubjectKind, Mapping[str, Device | Link]] = {
        SubjectKind.DEVICE: inventory.devices,
        SubjectKind.LINK: inventory.links,
    }
    own = {
        Subject(kind, name): thing.objective
        for kind, known in things.items()
        for name, thing in known.items()
        if thing.objective != DEFAULT_OBJECTIVE
    }
    return map(own.get, subjects, repeat(DEFAULT_OBJECTIVE))
