"""Who is on duty when, as nouns: rotas with their layers, people who stand in, and the holidays that are no working days."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum

from wenyam.model.instants import Instant
from wenyam.model.inventory import Text

MORNING = time(8, 30)
"""When Thai offices open, and duty is usually handed over."""
EVENING = time(16, 30)


class Hours(StrEnum):
    """When a rota has somebody on duty."""

    ALWAYS = "always"
    OFFICE = "office"
    """In office hours of working days."""
    OUTSIDE_OFFICE = "outside-office"
    """In all other hours: nights, weekends, holidays."""


@dataclass(frozen=True, slots=True)
class OwnHoliday:
    """A day off that no public calendar knows, such as one the cabinet declares."""

    day: date
    name: Text


@dataclass(frozen=True, slots=True)
class HolidayRules:
    """What differs from the public holidays of Thailand."""

    add: tuple[OwnHoliday, ...] = ()
    remove: tuple[date, ...] = ()
    """Public holidays on which this office works."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One place in a rota, taken by its people in turn: the first layer is called first."""

    people: tuple[str, ...]
    first_day: date
    """The first turn begins on this day at the hand-over time."""
    days: int = 7
    """Length of a turn."""
    hand_over: time = MORNING
    weekday: int | None = None
    """Day of the week (Monday is 0) on which duty is handed over; the first turn may be shorter for it."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """Somebody takes a layer's place for a while; of two at the same time the later one in the list counts."""

    person: str
    starts: Instant
    ends: Instant
    reason: str
    layer: int = 1
    number: int = 0
    """Number of the fact that entered it at run time; 0 when it stands in the configuration."""


@dataclass(frozen=True, slots=True)
class Rota:
    """Who is on duty for something."""

    name: str
    label: Text
    layers: tuple[Layer, ...]
    hours: Hours = Hours.ALWAYS
    office: tuple[time, time] = (MORNING, EVENING)
    """Office hours of a working day, where `hours` speaks of them."""
    overrides: tuple[StandIn, ...] = ()


@dataclass(frozen=True, slots=True)
class OnCallPlan:
    """Everything the configuration says about duty."""

    rotas: Mapping[str, Rota] = field(default_factory=dict)
    holidays: HolidayRules = HolidayRules()
    time_zone: str = "Asia/Bangkok"
