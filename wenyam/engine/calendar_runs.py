"""One due run from claim to finish: the same call for the calendar, for cron and for a person."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wenyam.clock import Clock
from wenyam.engine import calendar
from wenyam.engine.calendar import Due, Term
from wenyam.errors import AlreadyRunningError, StoreError, WenyamError
from wenyam.i18n.clean_text import clean
from wenyam.i18n.dates import format_with_zone
from wenyam.model.calendar import Job, Run, RunOutcome
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant, Period, after
from wenyam.store.interface import Reader, Writer
from wenyam.store.locks import DaemonLock
from wenyam.store.owners import this_process

_LOG = logging.getLogger(__name__)

RUN_LIMIT_SECONDS = 12 * 3600.0
"""A run that takes longer is stopped and has failed."""
_LOOK_BACK_SECONDS = 35 * 86_400.0
"""How far back an earlier run of the same job may still be under way."""
ALL_TIME = Period(Instant(0), Instant(2**47))
_FINISH_TRIES = 720
_FINISH_PAUSE_SECONDS = 5.0
_DETAIL_LIMIT = 500
_INCOMPLETE_EXIT = 3


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: its exit code (negative: the signal that killed it) and the last thing it said."""

    code: int
    said: str = ""


StartProgram = Callable[[tuple[str, ...], float], Awaitable[Ended]]
"""Runs `wenyam` with these arguments for at most so many seconds, as a process of its own."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of asking for a due run: how it ended (MISSED: too late), or None when it is not ours to run now; and why."""

    outcome: RunOutcome | None
    sentence: str
    before: RunOutcome | None = None
    """How the run that somebody else started for this due time stands; None when nobody did."""


def recorded_terms(reader: Reader) -> list[Term]:
    """Return every term on record."""
    return calendar.terms_of(chained.fact for chained in reader.facts(ALL_TIME, calendar.SCHEDULED))


class Runs:
    """Claims due runs in the ledger, starts them, and records how they ended."""

    def __init__(self, directory: Path, writer: Writer, clock: Clock, start: StartProgram) -> None:
        """Take the state directory, its store, the clock and the starter of programs."""
        self._directory = directory
        self.writer = writer
        self._clock = clock
        self.start = start

    def record_schedules(self, jobs: Sequence[Job]) -> list[Term]:
        """Record schedules that are new, changed or gone, and return all terms; what was due before a term is not owed."""
        with self._recording() as mine:
            terms = recorded_terms(self.writer)
            facts = calendar.changed_schedules(jobs, terms, self._clock.now()) if mine else []
            self._append(facts)
        return recorded_terms(self.writer) if facts else terms

    def record_missed(self, since: Instant) -> list[Run]:
        """Record each run due from `since` on that was missed, once, as a fact; return the new ones."""
        with self._recording() as mine:
            now = self._clock.now()
            period = Period(min(since, now), Instant(now + 1))
            noted = {_noted(chained.fact) for chained in self.writer.facts(Period(period.start, ALL_TIME.end), calendar.MISSED)}
            runs = self.writer.runs(None, period)
            missed = calendar.missed_runs(recorded_terms(self.writer), runs, period, now)
            new = [run for run in missed if (run.job, run.due) not in noted] if mine else []
            self._append([calendar.missed_fact(run, now) for run in new])
        return new

    def record_step(self, seconds: float) -> None:
        """Record that the clock was stepped, so that nothing is removed by age on its word."""
        self._append([Fact(calendar.CLOCK_STEPPED, self._clock.now(), "wenyam", {"seconds": round(seconds, 1)})])

    def refusal(self, job: Job, due: Due) -> Attempt | None:
        """Return why a due run cannot start now; None when it can."""
        now, zone = self._clock.now(), job.schedule.time_zone
        what = f"{job.name}, due {format_with_zone(due.at, zone)}"
        if now < due.at:
            return Attempt(None, f"{what}, is not due yet")
        recorded = self.writer.runs(job.name, Period(after(due.at, -_LOOK_BACK_SECONDS), Instant(now + 1)))
        for run in recorded:
            if run.due == due.at:
                started = format_with_zone(run.started or due.at, zone)
                return Attempt(None, f"{what}, was started {started} and is {run.outcome.value}", run.outcome)
        if now >= due.deadline:
            return Attempt(
                RunOutcome.MISSED, f"{what}, is too late: it had to start before {format_with_zone(due.deadline, zone)}"
            )
        if any(run.outcome is RunOutcome.RUNNING for run in recorded):
            return Attempt(None, f"{what}, waits for the run before it")
        return None

    async def attempt(self, job: Job, due: Due) -> Attempt:
        """Run what is due if it is inside its window and nobody else has claimed it."""
        refusal = self.refusal(job, due)
        if refusal is not None:
            return refusal
        what = f"{job.name}, due {format_with_zone(due.at, job.schedule.time_zone)}"
        if not self.writer.claim(job.name, due.at, self._clock.now(), this_process()):
            return Attempt(None, f"{what}, was claimed by somebody else this moment")
        _LOG.info("%s, starts", what)
        try:
            outcome, detail = await self._run(job, due)
        except asyncio.CancelledError:
            self.writer.finish(job.name, due.at, self._clock.now(), RunOutcome.FAILED, "stopped together with its starter")
            raise
        await self._finish(job, due, outcome, detail)
        sentence = f"{what}, is {outcome.value}" + (f": {detail}" if detail else "")
        _LOG.log(logging.INFO if outcome is RunOutcome.DONE else logging.ERROR, "%s", sentence)
        return Attempt(outcome, sentence)

    async def _run(self, job: Job, due: Due) -> tuple[RunOutcome, str]:
        try:
            ended = await self.start(calendar.arguments_for(job, due.at), RUN_LIMIT_SECONDS)
        except (WenyamError, OSError) as error:
            return RunOutcome.FAILED, clean(str(error), _DETAIL_LIMIT)
        said = clean(ended.said, _DETAIL_LIMIT)
        if ended.code == 0:
            return RunOutcome.DONE, ""
        if ended.code == _INCOMPLETE_EXIT:
            return RunOutcome.INCOMPLETE, said
        cause = f"exit code {ended.code}" if ended.code > 0 else f"killed by signal {-ended.code}"
        return RunOutcome.FAILED, f"{cause}: {said}" if said else cause

    async def _finish(self, job: Job, due: Due, outcome: RunOutcome, detail: str) -> None:
        """Record the end; a full disk or a busy store is waited for, because an end that is not recorded looks like a run."""
        for left in reversed(range(_FINISH_TRIES)):
            try:
                self.writer.finish(job.name, due.at, self._clock.now(), outcome, detail)
            except StoreError as error:
                if not left:
                    raise
                _LOG.error("the end of %s could not be recorded yet: %s", job.name, error)
                await self._clock.sleep(_FINISH_PAUSE_SECONDS)
            else:
                return

    def _append(self, facts: list[Fact]) -> None:
        if facts:
            self.writer.apply([], facts=facts)

    def _recording(self) -> "_Recording":
        return _Recording(DaemonLock(self._directory, "calendar.lock"))


class _Recording:
    """Lets one process at a time record what is missed or changed; the others leave it to that one."""

    def __init__(self, lock: DaemonLock) -> None:
        self._lock = lock

    def __enter__(self) -> bool:
        try:
            self._lock.acquire()
        except AlreadyRunningError:
            return False
        return True

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _noted(fact: Fact) -> tuple[str, Instant]:
    return str(fact.body["job"]), Instant(int(fact.body["due"] or 0))
