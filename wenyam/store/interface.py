"""The one narrow door to what is kept, so that another store can stand behind it (design D7). Same tests for each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from wenyam.model.calendar import Run, RunOutcome
from wenyam.model.courses import Course
from wenyam.model.facts import ChainedFact, ChainHead, Fact
from wenyam.model.instants import Instant, Period
from wenyam.model.inventory import PlannedWindow
from wenyam.model.receiving import Received
from wenyam.model.states import State, StateChange, StateRecord, Subject
from wenyam.model.totals import Totals


@dataclass(frozen=True, slots=True)
class Transition:
    """A guarded change: applied only while the stored hard state is still `change.previous`."""

    record: StateRecord
    change: StateChange


@dataclass(frozen=True, slots=True)
class Life:
    """When a subject was first and last in the inventory."""

    subject: Subject
    born: Instant
    retired: Instant | None = None
    absences: tuple[Period, ...] = ()
    """Stretches between birth and retirement in which it was out of the inventory."""


@dataclass(frozen=True, slots=True)
class EnteredWindow:
    """A planned window and when this instance first learned of it; it counts from then at the earliest."""

    window: PlannedWindow
    entered_at: Instant
    withdrawn_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class History:
    """One subject's states over a period: the state at its start, then each change as (effective, state)."""

    subject: Subject
    initial: State
    changes: Course


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification of the chain found; `problem` is a sentence, empty when whole."""

    facts: int
    head: ChainHead
    problem: str = ""
    sequence: int | None = None
    """The first fact at which it is wrong."""
    untested: str = ""
    """Why the anchor could prove nothing (it lies in a sealed month), as a sentence; never silently whole."""


@dataclass(frozen=True, slots=True)
class RollupRow:
    """One hour of one series: a point per minute, NaN where nothing was read."""

    device: str
    series: str
    """Sample name with its labels, as text."""
    hour: Instant
    points: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Storage:
    """How much room is left for what must be kept."""

    free_bytes: int
    ballast: bool
    """True while space is held back for facts; while it is not, samples are refused."""
    critical: bool
    """True when not even a fact could be written."""


class Reader(Protocol):
    """What may be asked. Every reader sees a consistent snapshot and never blocks the writer."""

    def states(self) -> dict[Subject, StateRecord]:
        """Return the current record of every subject."""

    def changes(self, period: Period, subjects: Iterable[Subject] | None = None) -> list[StateChange]:
        """Return the changes effective in the period, oldest first."""

    def changes_in_force(self, places: Sequence[tuple[Subject, Instant]]) -> dict[tuple[Subject, Instant], StateChange]:
        """Return the change of liveness that made each subject what it was at an instant, where there is one."""

    def changes_since(self, sequence: int, limit: int) -> list[StateChange]:
        """Return changes written after this row number: the outbox."""

    def histories(self, period: Period, subjects: Iterable[Subject] | None = None) -> list[History]:
        """Return the liveness history of each subject over the period, for availability, in the order in which they are given."""

    def totals(self, moments: Sequence[Instant], known_until: Instant) -> list[Totals]:
        """Return what every life had spent by each moment, all of one snapshot; nothing counts as seen after `known_until`."""

    def lives(self) -> dict[Subject, Life]:
        """Return when each liveness subject was born and retired."""

    def windows(self) -> list[EnteredWindow]:
        """Return every planned window ever entered."""

    def last_heartbeat(self) -> Instant | None:
        """Return the last heartbeat of the work loop."""

    def runs(self, job: str | None, period: Period) -> list[Run]:
        """Return recorded runs by due time."""

    def facts(self, period: Period, kind: str | None = None) -> list[ChainedFact]:
        """Return facts, oldest first."""

    def facts_after(self, sequence: int, kinds: Sequence[str]) -> list[ChainedFact]:
        """Return the facts of these kinds written after this one, whatever time they are of, in the order of writing."""

    def head(self) -> ChainHead:
        """Return the end of the fact chain."""

    def digest_of(self, sequence: int) -> str | None:
        """Return the digest of one fact; None when there is none of this number, or its month was sealed."""

    def verify(self, anchor: ChainHead | None = None) -> Verdict:
        """Check the whole chain, its projections, and that it still contains the anchor."""

    def rollups(self, device: str, period: Period) -> list[RollupRow]:
        """Return the hours kept of a device."""

    def received(self, period: Period, limit: int) -> list[Received]:
        """Return what others sent in the period, newest first, at most `limit` rows."""

    def cursor(self, name: str) -> int:
        """Return how far this reader of the outbox has come: the last row number it has dealt with, 0 at first."""

    def personal_with(self, value: str | float | None) -> list[int]:
        """Return the sequences of facts in which a personal field has this value, to erase them."""

    def close(self) -> None:
        """Let go of the database."""


class Writer(Reader, Protocol):
    """What may be written, each call one transaction under the write lock."""

    def apply(
        self, transitions: Sequence[Transition], soft: Sequence[StateRecord] = (), facts: Sequence[Fact] = ()
    ) -> list[StateChange]:
        """Write hard changes (each also a fact), soft records and further facts; return the changes that passed their guard."""

    def register(self, subjects: Mapping[Subject, Instant | None], at: Instant) -> None:
        """Make the living subjects exactly these; new ones are born `at` (or at the given instant), absent ones retire `at`."""

    def retire(self, subjects: Iterable[Subject], at: Instant) -> None:
        """End the records of checks that are no longer made: UNKNOWN first, then gone from `states`."""

    def enter_windows(self, windows: Sequence[PlannedWindow], at: Instant) -> None:
        """Record windows not yet known as entered `at`; those no longer present are withdrawn `at`. Both are facts."""

    def heartbeat(self, at: Instant) -> None:
        """Record that the work loop is alive; durable against kill -9, cheap enough for every second."""

    def append(self, fact: Fact) -> ChainedFact:
        """Add one fact to the chain."""

    def advance(self, name: str, sequence: int, facts: Sequence[Fact]) -> list[ChainedFact]:
        """Add facts to the chain and move this reader's cursor, both or neither."""

    def receive(self, rows: Sequence[Received]) -> None:
        """Keep what others sent; durable when it returns, refused while only facts have room."""

    def erase_personal(self, sequences: Iterable[int], at: Instant, actor: str, reason: str) -> int:
        """Erase the clear values of personal fields of these facts, itself a fact; return how many. The chain stays whole."""

    def claim(self, job: str, due: Instant, at: Instant, owner: str) -> bool:
        """Take one due run; False when somebody already has."""

    def finish(self, job: str, due: Instant, at: Instant, outcome: RunOutcome, detail: str) -> None:
        """Record how a claimed run ended; also a fact."""

    def write_rollups(self, rows: Sequence[RollupRow]) -> None:
        """Merge points into their hours."""

    def retain(self, now: Instant, *, clock_stepped: bool = False) -> str:
        """Seal months past their retention, then drop their rows; say what was done. Nothing goes after a clock step."""

    def storage(self) -> Storage:
        """Tell how much room is left, taking back the ballast when there is room again."""
