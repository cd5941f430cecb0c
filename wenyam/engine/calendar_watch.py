"""The calendar itself: looks every few seconds, starts what is due, lets nothing be late because a clock was stepped."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Protocol

from wenyam.clock import Clock
from wenyam.engine import calendar
from wenyam.engine.calendar import Term
from wenyam.engine.calendar_runs import Attempt, Runs
from wenyam.errors import StoreError
from wenyam.model.calendar import Job
from wenyam.model.instants import MILLISECONDS, after, to_iso

_LOG = logging.getLogger(__name__)

LOOK_SECONDS = 15.0
_DAY = 86_400.0
_MISSED_BACK_SECONDS = 35 * _DAY
"""How far back the calendar records what was missed while it was not running; readers compute it for any period."""
STEP_SECONDS = 2.0
"""Wall and monotonic clock drifting apart by more than this between two looks is a step."""


class Waker(Protocol):
    """Wakes the calendar at due times; being late or silent costs nothing but a few seconds."""

    def set_jobs(self, jobs: Sequence[Job], /) -> None:
        """Wake at these jobs' due times from now on, counted from the present wall clock."""

    def look(self) -> None:
        """Compare with the wall clock again."""

    async def wait(self) -> None:
        """Return at the next due time."""


class Calendar:
    """Starts each due run once if it is inside its window, else has it recorded as missed."""

    def __init__(self, jobs: Sequence[Job], runs: Runs, clock: Clock, waker: Waker) -> None:
        """Take the jobs, the ledger's door, the clock and what wakes between looks."""
        self._jobs = tuple(jobs)
        self._runs = runs
        self._clock = clock
        self._waker = waker
        self._terms: list[Term] | None = None
        self._running: dict[str, asyncio.Task[Attempt]] = {}
        self._missed_since = after(clock.now(), -_MISSED_BACK_SECONDS)
        self._offset = self._wall_offset()

    async def run(self) -> None:
        """Watch the calendar for ever; cancel to stop, then `close`."""
        self._waker.set_jobs(self._jobs)
        while True:
            self.look()
            await self._pause()

    async def close(self, grace: float, impatient: "asyncio.Future[Any] | None" = None) -> None:
        """Let runs under way end for `grace` seconds, or until `impatient` is done; then stop them, which is recorded."""
        tasks = set(self._running.values())
        if tasks:
            _LOG.info("waiting for %s", ", ".join(sorted(self._running)))
            ending = asyncio.gather(*tasks, return_exceptions=True)
            waited: set[asyncio.Future[Any]] = {ending, asyncio.ensure_future(self._clock.sleep(grace))}
            waited |= {impatient} if impatient else set()
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            for future in (*tasks, *(waited - {ending})):
                future.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def set_jobs(self, jobs: Sequence[Job]) -> None:
        """Take other jobs; runs under way go on."""
        self._jobs = tuple(jobs)
        self._terms = None
        self._waker.set_jobs(self._jobs)

    @property
    def jobs(self) -> Sequence[Job]:
        """The jobs of the present configuration."""
        return self._jobs

    def look(self) -> None:
        """Start what is due and record what is missed; a store that refuses is asked again at the next look."""
        try:
            self._notice_step()
            if self._terms is None:
                self._terms = self._runs.record_schedules(self._jobs)
            for job in self._jobs:
                self._look_at(job, self._terms)
            self._record_missed()
        except StoreError as error:
            _LOG.error("the calendar could not look: %s", error)

    def _look_at(self, job: Job, terms: Sequence[Term]) -> None:
        if job.name in self._running:
            return
        due = calendar.latest_due(job, self._clock.now())
        term = calendar.present_term(terms, job)
        if term is None or not term.period.contains(due.at) or self._runs.refusal(job, due) is not None:
            return
        task = asyncio.create_task(self._runs.attempt(job, due))
        self._running[job.name] = task
        task.add_done_callback(lambda done: self._ended(job, done))

    def _ended(self, job: Job, task: asyncio.Task[Attempt]) -> None:
        del self._running[job.name]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _LOG.error("a run of %s could not be brought to its end", job.name, exc_info=error)

    def _record_missed(self) -> None:
        for run in self._runs.record_missed(self._missed_since):
            _LOG.error("%s, due %s, was missed: nobody started it in time", run.job, to_iso(run.due))
        window = max((job.schedule.window for job in self._jobs), default=0.0)
        self._missed_since = after(self._clock.now(), -window - _DAY)

    def _notice_step(self) -> None:
        """After a step everything is counted anew from the wall clock as it is now; nothing is made up for."""
        step, self._offset = self._wall_offset() - self._offset, self._wall_offset()
        if abs(step) > STEP_SECONDS:
            _LOG.warning("the clock was stepped by %+.1f seconds", step)
            self._waker.set_jobs(self._jobs)
            self._missed_since = min(self._missed_since, after(self._clock.now(), -_MISSED_BACK_SECONDS))
            self._runs.record_step(step)

    def _wall_offset(self) -> float:
        return self._clock.now() / MILLISECONDS - self._clock.monotonic()

    async def _pause(self) -> None:
        """Wait for the next due time, at most until the next look."""
        sleeping = asyncio.ensure_future(self._clock.sleep(LOOK_SECONDS))
        woken = asyncio.ensure_future(self._waker.wait())
        try:
            await asyncio.wait({sleeping, woken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            woken.cancel()
        self._waker.look()
