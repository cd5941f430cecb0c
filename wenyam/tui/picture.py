"""Everything the screens show, as plain data: one frozen picture, replaced as a whole when something of it is gathered anew."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, Period
from wenyam.model.states import State, StateChange
from wenyam.operations.availability_view import AvailabilityView
from wenyam.operations.backup_status import View as Backups
from wenyam.operations.dashboard import Glance
from wenyam.operations.events import Event
from wenyam.operations.oncall import Roster
from wenyam.operations.recovery_dashboard import PlanBoard
from wenyam.operations.whole import WholeFigures
from wenyam.tui.standings import Standings


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has an incident, as far as a table of problems needs to know."""

    code: str
    who: str = ""
    """Person id; empty while nobody has it."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What only one device or service shows, gathered while its screen is open."""

    owner: str
    data: Mapping[str, Any] = field(default_factory=dict)
    """As the watcher answers to `device` (see `operations.snapshot`); empty when it is silent."""
    silence: str = ""
    """Why there is none."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is kept of the device or service whose screen is open."""

    owner: str
    period: Period
    initial: State = State.UNKNOWN
    spans: tuple[tuple[Instant, State], ...] = ()
    """Each change of its liveness in the period."""
    changes: tuple[StateChange, ...] = ()
    """Everything about it that changed, newest first."""
    courses: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """By series: a point for each minute of the last day, NaN where nothing was read."""


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is known at one moment. A new screen adds the field it needs, with a default."""

    configuration: Configuration
    at: Instant = Instant(0)
    """When the states were gathered."""
    looked: bool = False
    """False until the first look has come back."""
    live: bool = False
    """True while the watcher answers."""
    age: float | None = None
    """Seconds since the watcher last showed life; None when it never did."""
    silence: str = ""
    """Why the watcher does not answer, when it does not."""
    revision: str = ""
    """The watcher's mark of these states, to be told next time only of what has moved."""
    states: Standings = field(default_factory=Standings)
    detail: Detail | None = None
    past: Past | None = None
    glances: Mapping[str, Glance] = field(default_factory=dict)
    """The last days of what tables have shown lately, by `kind:name`."""
    holders: Mapping[str, Holder] = field(default_factory=dict)
    """The open incident of every subject that is in one."""
    incidents: tuple[Mapping[str, Any], ...] | None = None
    """The open incidents, the worst and oldest first (see `operations.incident_data.head`), with `who` has each."""
    incident: Mapping[str, Any] | None = None
    """The incident whose screen is open, as `operations.incident_data.incident_data` tells it."""
    events: tuple[Event, ...] | None = None
    """What happened lately, the newest first."""
    roster: Roster | None = None
    backups: Backups | None = None
    figures: tuple[WholeFigures, ...] | None = None
    """This month and this fiscal year."""
    recovery: tuple[PlanBoard, ...] | None = None
    availability: AvailabilityView | None = None
    """The period that the page of availability is open at."""
    replayed: str = ""
    """The speed of a replay, `end` when it is over; empty for the present."""
    unfilled: bool = False
    """True while parts that the open screen wants wait to be gathered."""
    troubles: Mapping[str, str] = field(default_factory=dict)
    """By part: why it could not be gathered, as a sentence."""

    def with_trouble(self, part: str, sentence: str) -> "Picture":
        """Return the picture with a part's trouble; the empty sentence takes it away."""
        if self.troubles.get(part, "") == sentence:
            return self
        kept = {name: said for name, said in self.troubles.items() if name != part}
        return replace(self, troubles=kept | ({part: sentence} if sentence else {}))


Change = Callable[[Picture], Picture]
"""What gathering hands over: how the picture is to be changed."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the open screen needs beyond the states."""

    parts: frozenset[str] = frozenset()
    """Names of parts (see `gathering.PARTS`) to keep fresh."""
    owner: str = ""
    """The device or service whose screen is open, written as `kind:name`."""
    period: str = ""
    """The period that the page of availability is open at, by its name."""
    in_view: frozenset[str] = frozenset()
    """Devices, services and links whose rows are in view, each as `kind:name`."""
