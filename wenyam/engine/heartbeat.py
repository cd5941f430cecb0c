"""The heartbeat of the work loop: proof that somebody was looking, second by second."""

import asyncio
from collections.abc import Callable

from wenyam.clock import Clock
from wenyam.engine.journal import Journal
from wenyam.errors import StoreError
from wenyam.model.instants import Instant, seconds_between

Gap = Callable[[Instant, float], None]
Step = Callable[[float], None]

STEP_SECONDS = 1.5
"""A difference between the wall clock's and the monotonic clock's pace that is a step, not a drift."""


class Heartbeat:
    """Beats every second, and tells of every stretch of wall time in which nobody looked, and of every step of the clock.

    A stopped process moves both clocks, a suspended machine or a clock set forward only the wall's: either way that wall time was
    not watched. A clock set back makes observations seem younger than they are; the listener must set them back as well.
    """

    def __init__(self, clock: Clock, journal: Journal, interval: float, gap: float) -> None:
        """Take the parts; listeners are set by the watcher."""
        self._clock = clock
        self._journal = journal
        self._interval = interval
        self._gap = gap
        self.on_gap: Gap = lambda _since, _seconds: None
        """Gets the last instant somebody was looking, and the seconds of silence since."""
        self.on_step: Step = lambda _seconds: None
        """Gets the seconds the wall clock was set forward (negative: back)."""
        self._last = clock.monotonic()
        self._last_wall = clock.now()
        self._writing: asyncio.Task[None] | None = None
        self.blind_until = clock.monotonic()
        """Observations whose probe started before this moment say nothing."""

    @property
    def age(self) -> float:
        """Seconds since the last beat."""
        return self._clock.monotonic() - self._last

    def check(self) -> None:
        """Notice a gap or a step. Called before every observation, so that a silence is known before what it spoiled."""
        now, wall = self._clock.monotonic(), self._clock.now()
        passed, shown = now - self._last, seconds_between(self._last_wall, wall)
        stepped = shown - passed
        if max(passed, shown) <= self._gap and abs(stepped) <= STEP_SECONDS:
            return
        seen = self._last_wall
        self._last, self._last_wall = now, wall
        self.blind_until = now
        if abs(stepped) > STEP_SECONDS:
            self.on_step(stepped)
        if max(passed, shown) > self._gap:
            self.on_gap(seen, max(passed, shown))

    async def beat(self) -> None:
        """Note the gap if there was one, then have it recorded that we are here; a slow disk never delays the next beat."""
        self.check()
        self._last, self._last_wall = self._clock.monotonic(), self._clock.now()
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._record(self._last_wall))

    async def finish(self) -> None:
        """Record the last moment of an orderly end."""
        if self._writing is not None:
            await self._writing
        await self._record(self._last_wall)

    async def run(self) -> None:
        """Beat for ever."""
        while True:
            await self.beat()
            await self._clock.sleep(self._interval)

    async def _record(self, at: Instant) -> None:
        try:
            await self._journal.call(self._journal.writer.heartbeat, at)
        except StoreError as error:
            self._journal.problem = str(error)
