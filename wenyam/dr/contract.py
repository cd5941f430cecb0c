"""What a kind of DR step keeps: it says what it does, is rehearsed without touching anything, done, asked about, taken back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel

from wenyam.clock import Clock
from wenyam.errors import WenyamError
from wenyam.links.pools import Links
from wenyam.model.facts import ChainedFact, Fact
from wenyam.model.instance import Configuration
from wenyam.model.recovery import Mode, Outcome, PlanStep, RecoveryPlan

Say = Callable[[str], None]
"""Told what is being done, one clean line each; shown on the terminal and in the live view."""


def say_nothing(_line: str) -> None:
    """Tell nobody."""


class StepError(WenyamError):
    """The step could not be done."""


class GoesOnError(StepError):
    """The step was given up."""

    hint = "What it began may still be running there; look before it is done again."


class Record(Protocol):
    """The run's own door to the chain of facts. Several processes write it: runner, `dr approve`, `dr decide`."""

    async def add(self, fact: Fact) -> None:
        """Write a fact of this run; it is on the disk when this returns."""

    async def since_start(self, *kinds: str) -> tuple[ChainedFact, ...]:
        """Return the facts of these kinds that belong to this run, oldest first."""


@dataclass(frozen=True, slots=True)
class StepPlace:
    """What a step may use in one run: made by the runner for each attempt, never kept."""

    configuration: Configuration
    clock: Clock
    links: Links
    """SSH, programs, databases and secrets (`links.secrets`)."""
    tools: Callable[[str], str]
    """Gives the absolute path of a program by its name; an error with the setting's name when there is none."""
    plan: RecoveryPlan
    step: PlanStep
    mode: Mode
    run: str
    """Id of this run."""
    actor: str
    """Who runs it."""
    record: Record
    evidence: Path = Path("/nonexistent")
    """A directory of this run alone, for the service accounts, in which what is kept lies."""
    deadline: float = float("inf")
    """Monotonic second by which this attempt must be over; infinite for what waits for a person."""
    say: Say = say_nothing
    said: dict[str, Any] = field(default_factory=dict)
    """What earlier steps of the run left for later ones, by `step id.name`; refilled from the journal after a crash."""


class DrillStep(Protocol):
    """One kind of step. Registered under `wenyam.steps`. Every failure is a StepError or an Outcome, never anything else."""

    Config: ClassVar[type[BaseModel]]
    """Strict model (extra forbidden, frozen) of its options."""
    changes: ClassVar[bool]
    """Whether it changes something outside: then the plan must say how it is undone."""
    repeatable: ClassVar[bool]
    """Whether doing it twice is the same as once: then `resume` just does it again, else it asks `was_done` first."""
    waits: ClassVar[bool]
    """Whether it waits for a person, without a deadline of its own."""

    def __init__(self, config: Any) -> None:
        """Take validated options; no I/O."""

    def describe(self) -> str:
        """Return the sentence for plan, screen and evidence: what is done, where."""

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return a sentence for every host, service, person or credential it names that the configuration does not know."""

    async def rehearse(self, place: StepPlace) -> Outcome:
        """Prove that it could be done now (host reachable, login, program, key, right) and touch nothing."""

    async def run(self, place: StepPlace) -> Outcome:
        """Do it and prove the result."""

    async def was_done(self, place: StepPlace) -> bool | None:
        """Tell after a crash whether it was done; None when that cannot be known, and a person is asked."""

    async def undo(self, place: StepPlace) -> Outcome:
        """Take it back; only called when the plan says `undo: itself`."""
