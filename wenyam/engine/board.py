"""The board: the present state of every subject in memory, and the only place where a state changes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import takewhile

from wenyam.clock import Clock
from wenyam.engine import state as rules
from wenyam.model.instants import MILLISECONDS, Instant, after
from wenyam.model.inventory import AT_ONCE, Policy
from wenyam.model.states import Observation, State, StateChange, StateRecord, Subject, SubjectKind
from wenyam.store.interface import Transition

Listener = Callable[[StateChange], None]
WindowOf = Callable[[Subject, Instant], str | None]


class Board:
    """Holds records, applies the pure rules of `engine.state`, and hands every hard change to the journal and listeners."""

    def __init__(self, clock: Clock, records: dict[Subject, StateRecord]) -> None:
        """Take the records the store remembers."""
        self._clock = clock
        self._records = records
        self._transitions: list[Transition] = []
        self._soft: dict[Subject, StateRecord] = {}
        self._listeners: list[Listener] = []
        self._moved: dict[Subject, int] = {}
        self._marks: dict[tuple[SubjectKind, str], int] = {}
        self._monitors = {subject for subject in records if subject.kind is SubjectKind.MONITOR}
        self._epoch, self._revision = clock.now(), 0
        self.window_of: WindowOf = lambda _subject, _at: None

    def listen(self, listener: Listener) -> None:
        """Call `listener` after every hard change."""
        self._listeners.append(listener)

    def record(self, subject: Subject) -> StateRecord | None:
        """Return a subject's record, or None when it was never observed."""
        return self._records.get(subject)

    def state(self, subject: Subject) -> State:
        """Return a subject's hard state; UNKNOWN when it was never observed."""
        record = self._records.get(subject)
        return State.UNKNOWN if record is None else record.state

    def records(self) -> Iterable[StateRecord]:
        """Return every record."""
        return self._records.values()

    def monitors(self) -> list[StateRecord]:
        """Return the records of Wenyam's own parts, by name."""
        return [self._records[subject] for subject in sorted(self._monitors)]

    @property
    def revision(self) -> str:
        """The mark of what is shown now: whoever gives it back to `moved_since` gets what has moved."""
        return f"{self._epoch}:{self._revision}"

    def mark(self, subject: Subject) -> int:
        """Return a number that is another one as soon as any record of this subject's owner shows something else."""
        return self._marks.get((subject.kind, subject.name), 0)

    def moved_since(self, mark: str) -> tuple[list[StateRecord], list[Subject]] | None:
        """Return the records that show something else since a mark, and the subjects gone; None for a mark of another life."""
        epoch, _, number = mark.partition(":")
        if epoch != str(self._epoch) or not number.isdecimal() or int(number) > self._revision:
            return None
        moved = list(takewhile(lambda subject: self._moved[subject] > int(number), reversed(self._moved)))
        records = [self._records[subject] for subject in moved if subject in self._records]
        return records, [subject for subject in moved if subject not in self._records]

    def observe(self, subject: Subject, observation: Observation, policy: Policy) -> None:
        """Take one observation of a subject."""
        before = self._marked(subject, observation.at)
        self._keep(rules.observe(before, observation, policy, self._clock.now()))

    def harden(self, subject: Subject, observation: Observation) -> None:
        """Make an observed state hard at once, from the start of the present run of failures."""
        before = self._marked(subject, observation.at)
        if before.state is observation.result.state:
            self._keep(rules.observe(before, observation, AT_ONCE, self._clock.now()))
            return
        effective = observation.at if before.failing_since is None else before.failing_since
        seen = replace(before, observed_at=observation.at)
        self._keep(rules.harden(seen, observation, effective, self._clock.now()))

    def stale(self, validities: Mapping[Subject, float]) -> list[Subject]:
        """Make every state unknown whose last observation no longer counts; return the liveness subjects that are stale now."""
        now = self._clock.now()
        found = []
        for subject, validity in validities.items():
            record = self._records.get(subject)
            if record is None or record.observed_at is None:
                continue
            if record.state is not State.UNKNOWN:
                if record.observed_at + validity * MILLISECONDS > now:
                    continue
                self._keep(rules.stale(record, validity, now, now))
            if subject.is_liveness and self._records[subject].summary.startswith(rules.STALE):
                found.append(subject)
        return found

    def counts_for(self, validities: Mapping[Subject, float], longest: float) -> float:
        """Return the seconds until the first of their last observations stops counting: 0 when one has, at most `longest`."""
        now = self._clock.now()
        for subject, validity in validities.items():
            record = self._records.get(subject)
            seen = now if record is None or record.observed_at is None else record.observed_at
            longest = min(longest, validity - (now - seen) / MILLISECONDS)
        return max(0.0, longest)

    def set_back(self, seconds: float) -> None:
        """Move the moments of observations with a clock that was set back, so that none of them lies in the future."""
        for record in list(self._records.values()):
            observed = None if record.observed_at is None else after(record.observed_at, seconds)
            failing = None if record.failing_since is None else after(record.failing_since, seconds)
            self._records[record.subject] = replace(record, observed_at=observed, failing_since=failing)

    def forget(self, subject: Subject, effective: Instant, why: str, cause: Subject | None = None) -> None:
        """Make a state unknown from a moment on."""
        record = self._records.get(subject)
        if record is not None:
            self._keep(rules.forget(record, effective, self._clock.now(), why, cause))

    def look_forward(self, subject: Subject) -> None:
        """Let a state hold from now on as if it had just been observed: if no look confirms it, it grows stale."""
        record = self._records.get(subject)
        if record is not None:
            self._records[subject] = replace(record, observed_at=self._clock.now())

    def retire(self, living: set[Subject]) -> list[Subject]:
        """Drop the records of subjects that are watched no more, and return them."""
        dropped = [known for known in self._records if known not in living]
        for subject in dropped:
            del self._records[subject]
            self._monitors.discard(subject)
            self._note(subject)
        return dropped

    def mark_windows(self, at: Instant) -> None:
        """Mark every record with the planned window in force now, without waiting for its next observation."""
        for record in list(self._records.values()):
            marked = self._marked(record.subject, at)
            if marked is not record:
                self._records[record.subject] = self._soft[record.subject] = marked
                self._note(record.subject)

    def drain(self) -> tuple[list[Transition], list[StateRecord]]:
        """Hand over what is not written yet, oldest first."""
        transitions, self._transitions = self._transitions, []
        soft, self._soft = list(self._soft.values()), {}
        return transitions, soft

    @property
    def pending(self) -> bool:
        """True while something waits to be written."""
        return bool(self._transitions or self._soft)

    def _marked(self, subject: Subject, at: Instant) -> StateRecord:
        """Return the record with the planned window in force at that moment."""
        record = self._records.get(subject) or StateRecord(subject, since=at)
        window = self.window_of(subject, at)
        return record if record.window == window else replace(record, window=window)

    def _keep(self, step: rules.Step) -> None:
        record, before = step.record, self._records.get(step.record.subject)
        self._records[record.subject] = record
        if before is None and record.subject.kind is SubjectKind.MONITOR:
            self._monitors.add(record.subject)
        if before is None or _shown(before) != _shown(record):
            self._note(record.subject)
        if step.change is not None:
            self._transitions.append(Transition(record, step.change))
            self._soft.pop(record.subject, None)
            for listener in self._listeners:
                listener(step.change)
        elif step.soft_changed:
            self._soft[record.subject] = record

    def _note(self, subject: Subject) -> None:
        """Put a subject last among those that moved."""
        self._revision += 1
        self._moved.pop(subject, None)
        self._moved[subject] = self._revision
        self._marks[subject.kind, subject.name] = self._revision


def _shown(record: StateRecord) -> tuple[object, ...]:
    """Return what people see of a record: not the moment of its last observation, which moves all the time.

    Nor the value of what is well: the round trip of every ping is another one, and each would be written and told again.
    """
    figures = () if record.state.is_good and record.soft_state.is_good else (record.value, record.limit)
    return (
        record.state, record.since, record.summary, *figures, record.cause, record.window, record.soft_state, record.recent,
        record.flapping,
    )  # fmt: skip
