"""Runs that people ask for: the watcher puts the wish on record, the calendar, under its own account, carries it out once."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from wenyam.clock import Clock
from wenyam.engine.calendar_runs import RUN_LIMIT_SECONDS, Ended, StartProgram
from wenyam.errors import StoreError, WenyamError
from wenyam.i18n.clean_text import clean
from wenyam.model.calendar import Job
from wenyam.model.facts import ChainedFact, Fact
from wenyam.model.instants import Instant, seconds_between
from wenyam.store.interface import Writer

_LOG = logging.getLogger(__name__)

ASKED = "job-asked"
"""Somebody wants a job run now, beside its schedule."""
ANSWERED = "job-asked-answered"
"""What came of that."""
LOOK_SECONDS = 2.0
GOOD_FOR_SECONDS = 600.0
"""A wish that nobody carried out for so long is refused: whoever asked has gone to bed."""
_CURSOR = "asked-runs"
_LONGEST = 300


def asked(job: str, actor: str, at: Instant) -> Fact:
    """Build the fact that somebody wants a job run now."""
    return Fact(ASKED, at, actor, {"job": job})


class AskedRuns:
    """Looks for wishes every two seconds and starts each once, even if this process ends right afterwards."""

    def __init__(self, jobs: Callable[[], Sequence[Job]], writer: Writer, clock: Clock, start: StartProgram) -> None:
        """Take the jobs of the present configuration, the store, the clock and the starter of programs."""
        self._jobs = jobs
        self._writer = writer
        self._clock = clock
        self._start = start
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Look for ever; cancel to stop, which ends what is under way."""
        try:
            while True:
                try:
                    self.look()
                except StoreError as error:
                    _LOG.error("what people asked for could not be read: %s", error)
                await self._clock.sleep(LOOK_SECONDS)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    def look(self) -> None:
        """Take the wishes that came since the last look."""
        for chained in self._writer.facts_after(self._writer.cursor(_CURSOR), (ASKED,)):
            job, refusal = self._judge(chained)
            # Taken before it is begun: a crash in between loses a wish, which shows, and never runs one twice.
            self._writer.advance(_CURSOR, chained.sequence, [self._answer(chained, refusal)] if refusal else [])
            if job is not None and not refusal:
                task = asyncio.create_task(self._carry_out(chained, job))
                self._running.add(task)
                task.add_done_callback(self._running.discard)

    def _judge(self, chained: ChainedFact) -> tuple[Job | None, str]:
        """Return the job and why it is not run; empty when it is."""
        name = str(chained.fact.body.get("job", ""))
        job = next((each for each in self._jobs() if each.name == name), None)
        if job is None:
            return None, "there is no such job in the configuration"
        age = seconds_between(chained.fact.at, self._clock.now())
        return job, f"asked {age:.0f} seconds ago, while no calendar ran" if age > GOOD_FOR_SECONDS else ""

    async def _carry_out(self, chained: ChainedFact, job: Job) -> None:
        _LOG.info("%s asked for %s", chained.fact.actor, job.name)
        try:
            ended = await self._start(beside_schedule(job), RUN_LIMIT_SECONDS)
        except WenyamError as error:
            ended = Ended(1, str(error))
        said = ended.said or ("done" if ended.code == 0 else f"ended with exit code {ended.code}")
        _LOG.info("%s, asked for by %s: %s", job.name, chained.fact.actor, said)
        self._writer.append(self._answer(chained, said, ended.code))

    def _answer(self, chained: ChainedFact, said: str, code: int = 1) -> Fact:
        body = {"job": chained.fact.body.get("job"), "asked": chained.sequence, "code": code, "text": clean(said, _LONGEST)}
        return Fact(ANSWERED, self._clock.now(), "wenyam", body)


def beside_schedule(job: Job) -> tuple[str, ...]:
    """Return the arguments of a run that is no due one."""
    return tuple("--again" if word == "--claimed" else word for word in job.arguments)
