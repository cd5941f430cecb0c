"""What the status page shows, as nouns: gathered once, written in each language."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from wenyam.availability.buckets import Buckets
from wenyam.incidents.announcements import Announcement
from wenyam.model.facts import ChainHead
from wenyam.model.instants import Instant, Period
from wenyam.model.inventory import Text
from wenyam.model.states import State


class DayLook(StrEnum):
    """How one day of a service is drawn: each with a shape of its own, so that the colour is never needed."""

    UP = "up"
    """Nothing but up, or planned or unknown for less than it could matter."""
    DOWN = "down"
    """Down or unreachable at some time."""
    PLANNED = "planned"
    """Nothing worse than planned work."""
    UNKNOWN = "unknown"
    """Mostly not looked at."""
    EMPTY = "empty"
    """Before its life, or still to come."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one service."""

    date: date
    buckets: Buckets

    @property
    def lost(self) -> int:
        """Milliseconds down or unreachable."""
        return self.buckets.down + self.buckets.unreachable

    @property
    def look(self) -> DayLook:
        """How it is drawn."""
        if not self.buckets.life:
            return DayLook.EMPTY
        if self.lost:
            return DayLook.DOWN
        if self.buckets.planned:
            return DayLook.PLANNED
        # A minute of not knowing after a restart is no unknown day; half of it is.
        return DayLook.UNKNOWN if 2 * self.buckets.unknown > self.buckets.life else DayLook.UP


@dataclass(frozen=True, slots=True)
class ShownService:
    """One service as people see it."""

    name: str
    label: Text
    state: State
    since: Instant | None
    in_work: bool
    """Planned work on it, or on something it stands on, is going on."""
    because: tuple[Text, ...]
    """Devices and services that are down; empty unless the page may name them."""
    days: tuple[Day, ...]
    availability: float | None
    corrected: float | None
    """With corrections; None when none changed it."""
    objective: float


@dataclass(frozen=True, slots=True)
class ShownWork:
    """Planned work that goes on or is to come."""

    period: Period
    services: tuple[str, ...]
    """Names of services that are meant or stand on what is meant."""
    reason: str
    """Empty where it would name a device and the page may not."""
    devices: tuple[Text, ...]
    now: bool


@dataclass(frozen=True, slots=True)
class StatusPage:
    """Everything on the page."""

    title: Text
    instance: str
    time_zone: str
    written: Instant
    due: Instant
    """By when the next one is written; after that this one is out of date."""
    every: float
    services: tuple[ShownService, ...]
    service_labels: dict[str, Text]
    """Of every service by name."""
    work: tuple[ShownWork, ...]
    announcements: tuple[Announcement, ...]
    contact: Text | None
    head: ChainHead | None
    languages: tuple[str, ...]

    def file_of(self, language: str) -> str:
        """Return the name of the file in a language."""
        return "index.html" if language == self.languages[0] else f"{language}.html"
