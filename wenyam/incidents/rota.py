"""Who is on duty: turns of each layer, cut to the rota's hours, with whoever stands in laid over them. Pure.

A layer's turns follow each other without end from its first day on, so a rota that is always on has exactly one person per
layer at each instant after it began. Times of day are local; a turn into which a clock change falls is longer or shorter for it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from wenyam.incidents.working_days import WorkingDays, local_instant
from wenyam.model.instants import Instant, Period, to_datetime
from wenyam.model.oncall import Hours, Layer, OnCallPlan, Rota, StandIn

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """One person's time in one layer."""

    start: Instant
    end: Instant
    layer: int
    """1 is called first."""
    person: str
    stands_in: str = ""
    """Why this person takes the place of another; empty when it is their own turn."""

    @property
    def period(self) -> Period:
        """The time as a period."""
        return Period(self.start, self.end)


def on_duty(plan: OnCallPlan, rota: Rota, instant: Instant) -> tuple[str, ...]:
    """Return who is on duty, first layer first and each person once; nobody outside the rota's hours."""
    found = shifts(plan, rota, Period(instant, Instant(instant + 1)))
    return tuple(dict.fromkeys(shift.person for shift in sorted(found, key=lambda shift: shift.layer)))


def shifts(plan: OnCallPlan, rota: Rota, period: Period) -> tuple[Shift, ...]:
    """Return every shift within the period, cut to it, in order of time, then layer."""
    found = [cut for shift in whole_shifts(plan, rota, period) if (cut := _cut(shift, period)) is not None]
    return tuple(sorted(found))


def whole_shifts(plan: OnCallPlan, rota: Rota, period: Period) -> tuple[Shift, ...]:
    """Return every shift that touches the period, with its own begin and end: the same whenever one asks."""
    found: list[Shift] = []
    for number, layer in enumerate(rota.layers, 1):
        own: list[Shift] = []
        for person, turn in _turns(layer, period, plan.time_zone):
            own += [Shift(open_.start, open_.end, number, person) for open_ in _within_hours(plan, rota, turn)]
        found += _with_stand_ins(rota, own, number)
    return tuple(sorted(shift for shift in found if shift.start < period.end and shift.end > period.start))


def gaps(plan: OnCallPlan, rotas: Iterable[Rota], period: Period) -> tuple[Period, ...]:
    """Return the stretches of the period in which none of these rotas has anybody on duty."""
    found: list[Period] = []
    reached = period.start
    for shift in sorted(shift for rota in rotas for shift in shifts(plan, rota, period)):
        if shift.start > reached:
            found.append(Period(reached, shift.start))
        reached = max(reached, shift.end)
    if reached < period.end:
        found.append(Period(reached, period.end))
    return tuple(found)


def _turns(layer: Layer, period: Period, time_zone: str) -> Iterator[tuple[str, Period]]:
    """Yield person and time of every turn that touches the period."""
    begun = local_instant(layer.first_day, layer.hand_over, time_zone)
    anchor = layer.first_day if layer.weekday is None else _last_weekday(layer.first_day, layer.weekday)
    looked_at = to_datetime(max(period.start, begun)).astimezone(ZoneInfo(time_zone)).date()
    number = max(0, (looked_at - anchor).days // layer.days - 1)
    while True:
        day = anchor + number * layer.days * _DAY
        start = max(begun, local_instant(day, layer.hand_over, time_zone))
        end = local_instant(day + layer.days * _DAY, layer.hand_over, time_zone)
        if start >= period.end:
            return
        if end > period.start and end > start:
            yield layer.people[number % len(layer.people)], Period(start, end)
        number += 1


def _last_weekday(day: date, weekday: int) -> date:
    return day - ((day.weekday() - weekday) % 7) * _DAY


def _within_hours(plan: OnCallPlan, rota: Rota, turn: Period) -> Iterator[Period]:
    """Yield the parts of a turn that lie in the rota's hours."""
    if rota.hours is Hours.ALWAYS:
        yield turn
        return
    reached = turn.start
    for office in _office_hours(plan, rota, turn):
        if rota.hours is Hours.OFFICE:
            yield office
        elif office.start > reached:
            yield Period(reached, office.start)
        reached = office.end
    if rota.hours is Hours.OUTSIDE_OFFICE and reached < turn.end:
        yield Period(reached, turn.end)


def _office_hours(plan: OnCallPlan, rota: Rota, within: Period) -> Iterator[Period]:
    zone = ZoneInfo(plan.time_zone)
    days = WorkingDays(plan.holidays)
    day, last = (to_datetime(instant).astimezone(zone).date() for instant in (within.start, within.end))
    opens, closes = rota.office
    while day <= last:
        if days.is_working_day(day):
            start = max(within.start, local_instant(day, opens, plan.time_zone))
            end = min(within.end, local_instant(day, closes, plan.time_zone))
            if start < end:
                yield Period(start, end)
        day += _DAY


def _with_stand_ins(rota: Rota, own: Sequence[Shift], layer: int) -> list[Shift]:
    """Lay those who stand in over a layer's own shifts; they stand in for nobody where nobody would be on duty."""
    found = list(own)
    for stand_in in rota.overrides:
        if stand_in.layer == layer:
            found = [part for shift in found for part in _replaced(shift, stand_in)]
    return found


def _replaced(shift: Shift, by: StandIn) -> Iterator[Shift]:
    start, end = max(shift.start, by.starts), min(shift.end, by.ends)
    if start >= end:
        yield shift
        return
    if shift.start < start:
        yield replace(shift, end=start)
    yield Shift(start, end, shift.layer, by.person, by.reason or "-")
    if end < shift.end:
        yield replace(shift, start=end)


def _cut(shift: Shift, period: Period) -> Shift | None:
    start, end = max(shift.start, period.start), min(shift.end, period.end)
    return replace(shift, start=start, end=end) if start < end else None
