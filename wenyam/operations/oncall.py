"""Who is on duty: the configuration's rotas with everybody who was entered at run time, as people and as data."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from wenyam.errors import StoreError
from wenyam.i18n.dates import local_date
from wenyam.incidents import stand_ins
from wenyam.incidents.duty import Place, places
from wenyam.incidents.rota import gaps, on_duty
from wenyam.incidents.working_days import WorkingDays, local_instant, public_holiday
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, Period, after, to_datetime, to_iso
from wenyam.model.inventory import Person
from wenyam.model.oncall import Layer, OnCallPlan, Rota
from wenyam.settings.unknown import unknown
from wenyam.store.interface import Reader
from wenyam.store.presence import is_made
from wenyam.store.sqlite import open_reader

VERSION = 1
GAP_DAYS = 30
"""How far ahead `config check` looks for times with nobody on duty."""
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Duty:
    """One rota at one moment."""

    rota: Rota
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody's duty at one moment."""

    at: Instant
    duties: tuple[Duty, ...]
    day: date
    working_day: bool
    holiday_th: str
    holiday_en: str
    """Empty when the day is no holiday."""
    store_silent: str = ""
    """Why what was entered at run time could not be read; empty when it was."""


def plan_of(configuration: Configuration, reader: Reader) -> OnCallPlan:
    """Return who is on duty as of now: the configuration and what was entered at run time."""
    return stand_ins.with_stand_ins(configuration.oncall, reader.facts_after(0, stand_ins.KINDS))


def read_plan(configuration: Configuration) -> tuple[OnCallPlan, str]:
    """Return the plan, and why what was entered at run time is not in it (a place where nothing ever ran has none)."""
    state = Path(configuration.instance.state_directory)
    if not is_made(state):
        return configuration.oncall, f"no 'wenyam run' has begun with {state} yet"
    try:
        with closing(open_reader(state)) as reader:
            return plan_of(configuration, reader), ""
    except StoreError as error:
        return configuration.oncall, str(error)


def roster(configuration: Configuration, at: Instant) -> Roster:
    """Return who is on duty at a moment, today's holiday and every next hand-over."""
    plan, silence = read_plan(configuration)
    return roster_of(plan, at, silence)


def roster_of(plan: OnCallPlan, at: Instant, silence: str = "") -> Roster:
    """Return who is on duty at a moment as this plan says."""
    days, day = WorkingDays(plan.holidays), local_date(at, plan.time_zone)
    return Roster(
        at=at,
        duties=tuple(Duty(rota, places(plan, rota, at)) for rota in plan.rotas.values()),
        day=day,
        working_day=days.is_working_day(day),
        holiday_th=days.name_of_holiday(day, "th"),
        holiday_en=days.name_of_holiday(day, "en"),
        store_silent=silence,
    )


def data(configuration: Configuration, found: Roster) -> dict[str, Any]:
    """Write a roster as versioned data."""
    people = configuration.inventory.people
    return {
        "version": VERSION,
        "at": to_iso(found.at),
        "day": found.day.isoformat(),
        "working_day": found.working_day,
        "holiday": {"th": found.holiday_th, "en": found.holiday_en} if found.holiday_en else None,
        "rotas": [
            {
                "name": duty.rota.name,
                "label": {"th": duty.rota.label.th, "en": duty.rota.label.en},
                "layers": [_place(place, people.get(place.person or "")) for place in duty.places],
            }
            for duty in found.duties
        ],
        "store": found.store_silent or None,
    }


def _place(place: Place, person: Person | None) -> dict[str, Any]:
    return {
        "layer": place.layer,
        "person": place.person,
        "name": None if person is None else {"th": person.name.th, "en": person.name.en},
        "telephone": None if person is None else person.telephone,
        "until": None if place.until is None else to_iso(place.until),
        "stands_in": place.stands_in or None,
        "next": place.next_person,
        "next_from": None if place.next_from is None else to_iso(place.next_from),
    }


def first_called(plan: OnCallPlan, at: Instant) -> tuple[tuple[Rota, str], ...]:
    """Return who is called first in each rota that has somebody on duty."""
    found = ((rota, on_duty(plan, rota, at)) for rota in plan.rotas.values())
    return tuple((rota, people[0]) for rota, people in found if people)


def rota_of(plan: OnCallPlan, name: str) -> Rota:
    """Return a rota; UsageError when there is none of this name."""
    if name not in plan.rotas:
        raise unknown("rota", name, plan.rotas, place=" in 'oncall'")
    return plan.rotas[name]


def doubts(configuration: Configuration, now: Instant) -> Iterator[str]:
    """Yield what may not be meant: times of the coming days with nobody on duty, nobody to call, holidays that are none."""
    plan = configuration.oncall
    if not plan.rotas:
        return
    coming = Period(now, after(now, GAP_DAYS * _DAY))
    for rota in plan.rotas.values():
        yield from _beginnings(plan, rota, coming)
        yield from _not_to_be_called(configuration, rota)
    open_ = gaps(plan, plan.rotas.values(), coming)
    begun = min(local_instant(layer.first_day, layer.hand_over, plan.time_zone) for layer in _layers(plan))
    open_ = tuple(gap for gap in open_ if gap.end > begun)
    if open_:
        more = f" and {len(open_) - 1} more" if len(open_) > 1 else ""
        yield (
            f"oncall.rotas: nobody is on duty from {_local(open_[0].start, plan)} to {_local(open_[0].end, plan)}{more} "
            f"in the coming {GAP_DAYS} days; a rota with 'hours: outside-office' fills nights and holidays"
        )
    for day in plan.holidays.remove:
        if not public_holiday(day, "en"):
            yield f"oncall.holidays.remove: {day.isoformat()} is no public holiday"


def _layers(plan: OnCallPlan) -> Iterator[Layer]:
    for rota in plan.rotas.values():
        yield from rota.layers


def _beginnings(plan: OnCallPlan, rota: Rota, coming: Period) -> Iterator[str]:
    for number, layer in enumerate(rota.layers, 1):
        begun = local_instant(layer.first_day, layer.hand_over, plan.time_zone)
        if begun > coming.start:
            which = f", layer {number}," if len(rota.layers) > 1 else ""
            yield f"oncall.rotas.{rota.name}: nobody is on duty in it{which} before {_local(begun, plan)}, its first day"


def _not_to_be_called(configuration: Configuration, rota: Rota) -> Iterator[str]:
    people = configuration.inventory.people
    named = dict.fromkeys(name for layer in rota.layers for name in layer.people)
    for name in (*named, *(each.person for each in rota.overrides if each.person not in named)):
        if name in people and not people[name].telephone:
            yield f"oncall.rotas.{rota.name}: {name} has no telephone under 'people'"


def _local(instant: Instant, plan: OnCallPlan) -> str:
    return f"{to_datetime(instant).astimezone(ZoneInfo(plan.time_zone)):%Y-%m-%d %H:%M}"
