"""The calendar's nouns: a scheduled run and what became of it."""

from dataclasses import dataclass
from enum import StrEnum

from wenyam.model.instants import Instant


class RunOutcome(StrEnum):
    """What became of a scheduled run."""

    DONE = "done"
    FAILED = "failed"
    INCOMPLETE = "incomplete"
    RUNNING = "running"
    MISSED = "missed"
    """Computed, never stored by a scheduler: nobody claimed it inside its window."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a job is due: the grammar's text, the zone it is meant in, and how late a start may be."""

    text: str
    time_zone: str = "Asia/Bangkok"
    window: float = 3600.0
    """Seconds after the due time within which a start is still in time."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something the calendar starts: a command line of this program."""

    name: str
    schedule: Schedule
    arguments: tuple[str, ...]
    """Arguments of `wenyam`, without shell."""
    since: Instant | None = None
    """Runs due before are not owed."""


@dataclass(frozen=True, slots=True)
class Run:
    """One due time of one job."""

    job: str
    due: Instant
    outcome: RunOutcome
    started: Instant | None = None
    ended: Instant | None = None
    detail: str = ""
