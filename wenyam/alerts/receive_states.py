"""The states that others gave us: taken up to a limit, over when nobody repeats them, gone when they have long been good."""

from collections.abc import Mapping, Sequence

from wenyam.alerts.receive_alerts import storm
from wenyam.alerts.receive_told import Told
from wenyam.alerts.receive_traps import expiry_of
from wenyam.clock import Clock
from wenyam.collectors.snmp_library import shipped
from wenyam.engine.watcher import Watcher
from wenyam.model import durations
from wenyam.model.instants import Instant, after
from wenyam.model.inventory import AT_ONCE
from wenyam.model.receiving import TRAP_CHECK, ReceivePlan, is_received
from wenyam.model.states import CheckResult, Observation, State, StateRecord, Subject, SubjectKind

STORM = Subject(SubjectKind.MONITOR, "receive", "storm")
"""CRIT while others tell more than may become states."""
LISTENING = Subject(SubjectKind.MONITOR, "receive", "listening")
"""CRIT when a new configuration asks to listen where we cannot."""
CALM_SECONDS = 600.0
_NOT_REPEATED = "nobody has repeated this alert for"


class ReceivedStates:
    """Received states on the board."""

    def __init__(self, clock: Clock, watcher: Watcher, plan: ReceivePlan) -> None:
        """Take up the states that the store remembers."""
        self._clock, self._watcher = clock, watcher
        self._board = watcher.board
        self._ends: dict[Subject, Instant] = {}
        """When alerts are over without another word, as their sender said."""
        self._dropped = 0
        self._calm_at: float | None = None
        self.configure(plan)

    def configure(self, plan: ReceivePlan) -> None:
        """Take new settings, and what the board still has."""
        self._plan = plan
        self._entries = tuple(shipped().traps.values()) if plan.traps else ()
        self._known = {record.subject for record in self._board.records() if is_received(record.subject)}

    def is_news(self, told: Told) -> bool:
        """Tell whether this moves a state; what moves none at all is no news either, since it comes again and again."""
        if told.subject is None or told.result is None:
            return False
        record = self._board.record(told.subject)
        if record is None:
            return told.result.state is not State.OK
        return record.state is not told.result.state

    def take(self, told: Sequence[Told], ends: Mapping[Subject, Instant]) -> None:
        """Move states, as far as there is room for new ones."""
        now = self._clock.now()
        kept, dropped = storm(told, self._known, self._plan.state_limit)
        for one in kept:
            if one.subject is None or one.result is None:
                continue
            self._known.add(one.subject)
            if one.subject in ends:
                self._ends[one.subject] = ends[one.subject]
            self._board.observe(one.subject, Observation(now, one.result), AT_ONCE)
        if dropped:
            self._say_storm(dropped)

    def _say_storm(self, dropped: int) -> None:
        self._dropped += dropped
        self._calm_at = self._clock.monotonic() + CALM_SECONDS
        text = f"others told of more than {self._plan.state_limit} states; {self._dropped} further are rows only"
        self._say(STORM, CheckResult(State.CRIT, text, float(self._dropped)))

    def say_listening(self, problem: str) -> None:
        """Say why others cannot be heard; empty when they can."""
        state = State.CRIT if problem else State.OK
        self._say(LISTENING, CheckResult(state, problem or "others are heard as the configuration says"))

    def _say(self, subject: Subject, result: CheckResult) -> None:
        self._board.observe(subject, Observation(self._clock.now(), result), AT_ONCE)

    async def look(self) -> None:
        """End what nobody repeats, and let go what has long been good."""
        self._calm_down()
        now = self._clock.now()
        gone = []
        for subject in list(self._known):
            record = self._board.record(subject)
            if record is None:
                self._forget(subject)
            elif record.state in (State.OK, State.UNKNOWN):
                if after(record.since, self._plan.keep_ok) <= now:
                    gone.append(subject)
            else:
                self._end(record, now)
        await self._retire(gone, now)

    def _calm_down(self) -> None:
        stormy = self._board.state(STORM) is State.CRIT
        if stormy and self._calm_at is None:  # said before a restart
            self._calm_at = self._clock.monotonic() + CALM_SECONDS
        if stormy and self._calm_at is not None and self._clock.monotonic() >= self._calm_at:
            self._dropped, self._calm_at = 0, None
            self._say(STORM, CheckResult(State.OK, "others tell no more than may be kept"))

    def _end(self, record: StateRecord, now: Instant) -> None:
        seen = record.since if record.observed_at is None else record.observed_at
        if record.subject.check.startswith(TRAP_CHECK):
            expires = expiry_of(record.subject.check, self._entries)
            if expires is not None and after(seen, expires) <= now:
                self._say(record.subject, CheckResult(State.OK, f"no further trap for {durations.write(expires)}"))
            return
        stale = self._plan.webhook.stale_after if self._plan.webhook else ReceivePlan().keep_ok
        ends = self._ends.get(record.subject, now)
        if after(seen, stale) <= now:
            self._board.forget(record.subject, now, f"{_NOT_REPEATED} {durations.write(stale)}")
        elif ends < now:
            self._ends.pop(record.subject, None)
            self._board.forget(record.subject, now, "its sender has stopped repeating this alert")

    def _forget(self, subject: Subject) -> None:
        self._known.discard(subject)
        self._ends.pop(subject, None)

    async def _retire(self, gone: Sequence[Subject], now: Instant) -> None:
        if not gone:
            return
        journal = self._watcher.journal
        if not await journal.flush():
            return  # next time
        for subject in gone:
            self._forget(subject)
        self._board.retire({record.subject for record in self._board.records()} - set(gone))
        await journal.call(journal.writer.retire, gone, now)
