"""Subjects, their states, what a check says, and the append-only row that a change of state leaves."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from wenyam.model.instants import Instant

ALIVE = "alive"
"""The check name under which a subject's liveness is kept; only this one moves availability.
For a service it is the state of its own probes."""

OVERALL = "overall"
"""The check name under which a service's state over its members and its own probes is kept."""

MANAGEMENT = "management"
"""The check name for "it can be read": CRIT means alive but its agent or login is silent (management lost)."""


class SubjectKind(StrEnum):
    """What a state can be about."""

    DEVICE = "device"
    LINK = "link"
    SERVICE = "service"
    CREDENTIAL = "credential"
    MONITOR = "monitor"
    """The toolkit itself: own network, disk, clock, staleness."""
    JOB = "job"
    EXTERNAL = "external"
    """What another monitoring system reported of something outside the inventory."""


class Subject(NamedTuple):
    """Something with a state: liveness (`check == ALIVE`) or one health check of it.

    A tuple, because everything is looked up by it, many times a poll: its hash and comparison take a fifth of a dataclass's.
    """

    kind: SubjectKind
    name: str
    check: str = ALIVE

    @property
    def is_liveness(self) -> bool:
        """True when this state counts for availability."""
        return self.check == ALIVE

    @property
    def owner(self) -> "Subject":
        """The liveness subject this check belongs to; itself when it is one."""
        return self if self.is_liveness else Subject(self.kind, self.name)

    def __str__(self) -> str:
        """Write as `kind:name` or `kind:name/check`."""
        return f"{self.kind}:{self.name}" if self.check == ALIVE else f"{self.kind}:{self.name}/{self.check}"

    @classmethod
    def parse(cls, text: str) -> "Subject":
        """Read what `str()` wrote; a bare name is a device. ValueError for an unknown kind."""
        kind, colon, rest = text.partition(":")
        if not colon:
            kind, rest = SubjectKind.DEVICE.value, text
        name, _, check = rest.partition("/")
        return cls(SubjectKind(kind), name, check or ALIVE)


class State(StrEnum):
    """Every state there is: the first four are liveness, the last four (UNKNOWN is shared) are health."""

    UP = "up"
    DOWN = "down"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"
    OK = "ok"
    WARN = "warn"
    CRIT = "crit"

    @property
    def is_good(self) -> bool:
        """True for UP and OK."""
        return self in (State.UP, State.OK)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A judge's verdict: OK, WARN, CRIT or UNKNOWN (UP, DOWN or UNKNOWN for liveness), with value against limit."""

    state: State
    summary: str
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    lacking: bool = False
    """UNKNOWN because rows that it needs were not read."""


@dataclass(frozen=True, slots=True)
class Observation:
    """A verdict and the moment its probe was started; `cause` and `cause_code` say why when that is known."""

    at: Instant
    result: CheckResult
    cause: Subject | None = None
    cause_code: str = ""


@dataclass(frozen=True, slots=True)
class StateRecord:
    """The current state of a subject: the hard state everybody sees and the soft one that may become it."""

    subject: Subject
    state: State = State.UNKNOWN
    since: Instant = Instant(0)
    """When the hard state began (back-dated to the first failed probe)."""
    summary: str = ""
    value: float | None = None
    limit: float | None = None
    cause: Subject | None = None
    """The parent whose failure explains UNREACHABLE."""
    window: str | None = None
    """The planned window in force, if any."""
    soft_state: State = State.UNKNOWN
    recent: int = 0
    """Bits of the last observations, newest lowest: 1 spoke against the hard state (N of M)."""
    failing_since: Instant | None = None
    """First observation of the present run of failures."""
    observed_at: Instant | None = None
    """Last good or bad observation; None before the first."""
    history: int = 0
    """Bits of the last observations' changes for flapping, newest lowest."""
    flapping: bool = False

    @property
    def attempt(self) -> int:
        """How many of the last observations spoke against the hard state."""
        return self.recent.bit_count()

    @property
    def settled(self) -> bool:
        """True when the soft state agrees with the hard one."""
        return self.soft_state == self.state


@dataclass(frozen=True, slots=True)
class StateChange:
    """One append-only row: a subject went from one hard state to another. The outbox of alerts and the source of availability."""

    subject: Subject
    previous: State
    state: State
    effective: Instant
    """When it began to be true (the first failed probe of the run)."""
    recorded: Instant
    """When it was decided and written."""
    summary: str = ""
    value: float | None = None
    limit: float | None = None
    cause: Subject | None = None
    window: str | None = None
    cause_code: str = ""
    """Proposed outage cause (R2.4), see `model.causes`."""
    sequence: int = 0
    """Row number given by the store; 0 before it is written."""
