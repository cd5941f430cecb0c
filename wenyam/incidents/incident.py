"""An incident: what is wrong and everything caused by it, who has it, how far the procedure is, and what was done when."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from wenyam.i18n.translate import mark
from wenyam.model.alerting import Severity
from wenyam.model.instants import Instant
from wenyam.model.states import State, StateChange, Subject

NO_LONGER_WATCHED: Final = mark("no longer watched")
"""What is said of a member that left the configuration while it was bad: nobody saw it good again."""


class Origin(StrEnum):
    """How an incident came to be known."""

    WATCHED = "watched"
    """A hard state said so."""
    BY_HAND = "by-hand"
    """A person opened it."""
    REQUEST = "request"
    """A service request, form FM-DM-01 (MOAC process 10)."""


class Category(StrEnum):
    """Which procedure, and so which limits, an incident follows (R3.2)."""

    HARDWARE = "hardware-network"
    SYSTEM = "vm-system"
    REQUEST = "service-request"


class Party(StrEnum):
    """Who repairs what the house cannot (R3.3)."""

    HOSTING_CENTRE = "hosting-centre"
    CONTRACTOR = "contractor"


SEVERITY_OF = {
    State.DOWN: Severity.CRITICAL,
    State.CRIT: Severity.CRITICAL,
    State.WARN: Severity.WARNING,
    State.UNREACHABLE: Severity.WARNING,
}
"""How bad a state is; every other state opens nothing. What cannot be reached is only as bad as what cuts it off."""


def severity_of(state: State) -> Severity | None:
    """Return how bad a state is; None when it opens no incident."""
    return SEVERITY_OF.get(state)


@dataclass(frozen=True, slots=True)
class Member:
    """One subject inside an incident, as it is now."""

    subject: Subject
    state: State
    since: Instant
    summary: str
    value: float | None = None
    limit: float | None = None

    @classmethod
    def of_change(cls, change: StateChange) -> "Member":
        """Take it from the row that tells of it."""
        return cls(change.subject, change.state, change.effective, change.summary, change.value, change.limit)


@dataclass(frozen=True, slots=True)
class Act:
    """Something a person did, and when."""

    at: Instant
    by: str
    """Person id, or `wenyam`."""
    what: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline."""

    at: Instant
    by: str
    kind: str
    """Kind of the fact it was read from."""
    text: str


@dataclass(slots=True)
class Incident:
    """One incident as the facts tell it; only `book` changes it."""

    code: str
    origin: Origin
    category: Category
    root: Subject | None
    title: str
    """The root's name, or what the person wrote."""
    site: str
    severity: Severity
    """The worst it ever was."""
    began: Instant
    """First failed probe, or when the person says it began."""
    opened: Instant
    """When it went on record."""
    opened_by: str
    members: dict[Subject, Member] = field(default_factory=dict)
    cause_code: str = ""
    cause_given: bool = False
    """True when a person gave the cause; else it is what a check proposed."""
    acknowledged: Act | None = None
    assigned: Act | None = None
    handed_off: Act | None = None
    """The hand-off; `what` is the name of whoever it went to."""
    party: Party | None = None
    called: Act | None = None
    """When they had it: they gave their reference number."""
    recovered: Instant | None = None
    """When everything in it was good again; None while something is not."""
    returned: int = 0
    """How often it failed again after it had recovered."""
    restarted: Instant | None = None
    """When it last failed again or a test sent it back: the steps begin anew."""
    tested: Act | None = None
    """The last test result since then."""
    passed: bool = False
    """True when that test passed, which closing needs."""
    how_to: Act | None = None
    """The note that the next incident of the kind shows."""
    closed: Act | None = None
    personal_data: Act | None = None
    """Somebody knew from this moment on that personal data are concerned: 72 hours (R3.4)."""
    details: dict[str, str] = field(default_factory=dict)
    """Named fields of forms: the request's, the breach's factors and report parts, the hand-off's reference."""
    timeline: list[Entry] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """True until it is closed."""
        return self.closed is None

    @property
    def fixed(self) -> Instant | None:
        """Since when nothing is wrong any more; None while something is, or after a failed test."""
        if self.recovered is None or self.failing:
            return None
        sent_back = self.tested is not None and not self.passed
        return None if sent_back and self.recovered <= (self.restarted or 0) else self.recovered

    @property
    def failing(self) -> list[Member]:
        """Members that are not good now."""
        return [member for member in self.members.values() if not member.state.is_good]

    @property
    def worst(self) -> Member | None:
        """The member to name first: the root when it is a member, else the worst and oldest."""
        if self.root is not None and self.root in self.members:
            return self.members[self.root]
        ranked = sorted(self.members.values(), key=lambda member: (member.state.is_good, -_rank(member.state), member.since))
        return ranked[0] if ranked else None


def _rank(state: State) -> int:
    return {State.DOWN: 4, State.CRIT: 3, State.WARN: 2, State.UNREACHABLE: 1}.get(state, 0)
