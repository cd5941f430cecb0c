"""The nouns of DR: plans and their steps as configured, the modes a plan is run in, and what a step came to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from wenyam.model.backup import DAY, Verdict
from wenyam.model.pushing import ReceivedPlan, SisterPlan

MINUTE, HOUR = 60.0, 3600.0


class Mode(StrEnum):
    """How a plan is run."""

    REHEARSAL = "rehearsal"
    """Touches nothing; proves that every host, credential, command and approval key is there."""
    DRILL = "drill"
    """Isolated at the DR site, production untouched, cleaned up after."""
    SWITCHOVER = "switchover"
    """Planned, both sites alive."""
    FAILOVER = "failover"
    """The main site is lost."""
    FAILBACK = "failback"
    """Back to the main site."""

    @property
    def is_real(self) -> bool:
        """Whether users are moved: rights for this and for practice are separate."""
        return self in (Mode.SWITCHOVER, Mode.FAILOVER, Mode.FAILBACK)


EVERY_MODE = frozenset(Mode)
PLANNED = frozenset({Mode.SWITCHOVER, Mode.FAILBACK})
"""The modes in which both sites live, so that nothing need be lost."""


class UndoKind(StrEnum):
    """How a step that changes something is taken back."""

    ITSELF = "itself"
    """The step's kind knows how."""
    ACTION = "action"
    """Another action says how."""
    IMPOSSIBLE = "impossible"
    """It cannot be taken back; the plan says why."""
    NOTHING = "nothing"
    """It changes nothing, so there is nothing to take back."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do: a kind of step and its validated options."""

    kind: str
    options: Any


@dataclass(frozen=True, slots=True)
class Undo:
    """How a step is taken back."""

    kind: UndoKind
    action: Action | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One sentence of a plan with its deadline."""

    id: str
    title: str
    action: Action
    limit: float
    """Seconds it may take; afterwards it is overdue, which is an alert, and it goes on."""
    who: tuple[str, ...] = ()
    """Persons who do it or answer for it."""
    modes: frozenset[Mode] = EVERY_MODE
    """The modes it is part of; in others it is left out, and the report says so."""
    after: tuple[str, ...] = ()
    """Ids of the steps that must have passed before; steps whose needs are met run side by side."""
    checks: tuple[Action, ...] = ()
    """What must hold afterwards, or the step has not passed."""
    undo: Undo = Undo(UndoKind.NOTHING)
    evidence: tuple[str, ...] = ()
    """What must be kept, in words: a screenshot, a signed paper."""
    tries: int = 1
    """How often it is done again at once when it fails (R6.1: repeat until the systems work)."""
    pause: float = 5.0
    """Seconds between two tries."""
    timeout: float = 10 * MINUTE
    """Seconds after which an attempt is given up; never for what waits for a person."""


@dataclass(frozen=True, slots=True)
class Rights:
    """Who may start what; persons or roles of `people`."""

    drill: tuple[str, ...] = ()
    """May start rehearsals and drills."""
    real: tuple[str, ...] = ()
    """May start switchover, failover and failback."""


@dataclass(frozen=True, slots=True)
class Committee:
    """The DR committee (R6.3): how many of these persons must sign."""

    members: tuple[str, ...] = ()
    quorum: int = 2


@dataclass(frozen=True, slots=True)
class RecoveryPlan:
    """A plan: what moves from where to where, who decides, and the steps."""

    name: str
    title: str
    owner: str
    main_site: str
    dr_site: str
    services: tuple[str, ...]
    """Services of the inventory that it moves."""
    steps: tuple[PlanStep, ...]
    committee: Committee
    rights: Rights
    digest: str
    """SHA-256 (hex) of the plan as configured; approvals are for this version only."""
    substance: str = ""
    """SHA-256 (hex) of what it does, without titles, limits and names of people: a drill shows that this works."""
    recovery_time: float | None = 4 * HOUR
    """RTO in seconds; None where the plan says that none is promised."""
    recovery_point: float | None = DAY
    """RPO in seconds; None where the plan says that none is promised, since it moves no data."""
    rehearsal_maximum_age: float = 35 * DAY
    """Seconds after which the last good rehearsal counts no more: nothing but a failover with a reason is started."""
    drill_maximum_age: float = 365 * DAY
    """Seconds after which the last good drill is too old, which is a red row."""
    touches: tuple[str, ...] = ()
    """Devices and services whose time in a drill is planned time."""


@dataclass(frozen=True, slots=True)
class RecoveryPlans:
    """Everything the configuration says about DR."""

    plans: Mapping[str, RecoveryPlan] = field(default_factory=dict)
    site: str = ""
    """The site this instance lives at; a failover is run at the DR site's."""
    sister: SisterPlan | None = None
    """Where the settings of this instance are pushed to."""
    received: ReceivedPlan | None = None
    """Whose settings are received here."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What doing, rehearsing, checking or undoing one action came to. NOT TESTED is never a pass."""

    verdict: Verdict
    summary: str
    """One clean sentence for plan, screen and report."""
    evidence: Mapping[str, str] = field(default_factory=dict)
    """Name -> text that was seen (output, answers, versions); kept beside the journal, its hash in it."""


def passed(summary: str, **evidence: str) -> Outcome:
    """Return a pass."""
    return Outcome(Verdict.PASS, summary, evidence)


def failed(summary: str, **evidence: str) -> Outcome:
    """Return a failure."""
    return Outcome(Verdict.FAIL, summary, evidence)


def not_tested(summary: str, **evidence: str) -> Outcome:
    """Return that nothing was proven."""
    return Outcome(Verdict.NOT_TESTED, summary, evidence)
