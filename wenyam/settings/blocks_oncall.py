"""The blocks of duty: rotas with their layers, who stands in, and the holidays an office keeps of its own."""

import re
from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from wenyam.settings.blocks import Label, Written
from wenyam.settings.values import LastMoment, Line, Moment, Name, day

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_TURN = re.compile(r"([0-9]{1,3})\s*d")
_NAMED_TURNS = {"daily": 1, "weekly": 7}
_LONGEST_TURN = 366


def _clock(value: Any) -> time:
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"a time of day from 00:00 to 23:59 expected, such as 08:30, not '{value}'")
    return time(int(found[1]), int(found[2]))


def _office_hours(value: Any) -> tuple[time, time]:
    opens, dash, closes = value.partition("-") if isinstance(value, str) else ("", "", "")
    if not dash:
        raise ValueError(f"office hours such as 08:30-16:30 expected, not '{value}'")
    hours = _clock(opens), _clock(closes)
    if hours[0] >= hours[1]:
        raise ValueError(f"'{value}' ends before it begins; office hours are within one day")
    return hours


def _days(value: Any) -> int:
    text = value.strip() if isinstance(value, str) else ""
    found = _TURN.fullmatch(text)
    days = int(found[1]) if found is not None else _NAMED_TURNS.get(text, 0)
    if not 1 <= days <= _LONGEST_TURN:
        raise ValueError(f"'{value}' is no length of a turn; write daily, weekly or a number of days such as 14d")
    return days


Clock = Annotated[time, BeforeValidator(_clock), WithJsonSchema({"type": "string", "examples": ["08:30"]})]
OfficeHours = Annotated[
    tuple[time, time], BeforeValidator(_office_hours), WithJsonSchema({"type": "string", "examples": ["08:30-16:30"]})
]
Turn = Annotated[int, BeforeValidator(_days), WithJsonSchema({"type": "string", "examples": ["weekly"]})]
Day = Annotated[date, BeforeValidator(day), WithJsonSchema({"type": "string", "examples": ["2026-12-31"]})]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
People = Annotated[list[str], Field(min_length=1)]


class OwnHolidayBlock(Written):
    """A day off that no public calendar knows."""

    date: Day
    """The day."""
    name: Label
    """What it is called."""


class HolidaysBlock(Written):
    """What differs from the public holidays of Thailand and of government offices, which are known."""

    add: list[OwnHolidayBlock] = Field(default_factory=list)
    """Further days off, such as those the cabinet declares."""
    remove: list[Day] = Field(default_factory=list)
    """Public holidays on which this office works."""


class StandInBlock(Written):
    """Somebody takes another's place for a while."""

    person: str
    """Who is on duty instead."""
    starts: Moment = Field(alias="from")
    """From when on."""
    ends: LastMoment = Field(alias="until")
    """Until when; a date counts to its end."""
    reason: Line
    """Why."""
    layer: Annotated[int, Field(ge=1, le=9)] = 1
    """Which layer's place it is."""


class LayerBlock(Written):
    """One place in a rota; what is absent is as the rota says."""

    people: People
    """Who takes turns, in order."""
    rotation: Turn | None = None
    """Length of a turn."""
    hand_over: Clock | None = None
    """Time of day at which duty is handed over."""
    weekday: Weekday | None = None
    """Day on which it is handed over."""
    starts: Day | None = None
    """First day."""


class RotaBlock(Written):
    """Who is on duty for something, in turn."""

    label: Label | None = None
    """Its name for people; the key when absent."""
    people: People | None = None
    """Who takes turns, in order; or several `layers`."""
    layers: Annotated[list[LayerBlock], Field(min_length=1)] | None = None
    """Places of which the first is called first, the second when nobody answers."""
    starts: Day
    """First day; the first person's turn begins at its hand-over time."""
    rotation: Turn = 7
    """Length of a turn: `daily`, `weekly` or a number of days such as `14d`."""
    hand_over: Clock = time(8, 30)
    """Time of day at which duty is handed over."""
    weekday: Weekday | None = None
    """Day on which it is handed over, for turns of whole weeks; that of `starts` when absent."""
    hours: Literal["always", "office", "outside-office"] = "always"
    """When somebody is on duty: `office` hours of working days, or all hours outside them."""
    office_hours: OfficeHours = (time(8, 30), time(16, 30))
    """What `hours` calls office hours."""
    overrides: list[StandInBlock] = Field(default_factory=list)
    """Who stands in for whoever's turn it is; no two at the same time."""


class OnCallBlock(Written):
    """Who is on duty, and on which days the office works."""

    holidays: HolidaysBlock = HolidaysBlock()
    """Days that are no working days."""
    rotas: dict[Name, RotaBlock] = Field(default_factory=dict)
    """Rotas by name; routes of alerts name them as `oncall:NAME`."""
