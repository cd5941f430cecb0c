"""The heartbeat of the work loop: proof that somebody was looking, second by second."""

import asyncio
from collections.abc import Callable

from wenyam.clock import Clock
from wenyam.engine.journal import Journal
from wenyam.errors import StoreError
from wenyam.model.instants import Instant

Gap = Callable[[Instant, float], None]


class Heartbeat:
    """Beats every second, and tells of every silence longer than the permitted gap (stopped process, frozen machine)."""

    def __init__(self, clock: Clock, journal: Journal, interval: float, gap: float, on_gap: Gap) -> None:
        """Take the parts; `on_gap` gets the last instant somebody was looking, and the seconds of silence since."""
        self._clock = clock
        self._journal = journal
        self._interval = interval
        self._gap = gap
        self._on_gap = on_gap
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
        """Notice a gap. Called before every observation, so that a silence is known before what it spoiled."""
        now = self._clock.monotonic()
        if now - self._last > self._gap:
            self.blind_until = now
            seen, silent = self._last_wall, now - self._last
            self._last, self._last_wall = now, self._clock.now()
            self._on_gap(seen, silent)

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
