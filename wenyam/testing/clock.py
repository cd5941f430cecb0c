"""A clock that a test moves by hand."""

import asyncio
import heapq
import itertools

from wenyam.model.instants import Instant, after

_TURNS = 20


class FakeClock:
    """Time stands still until `advance`; sleepers wake in order."""

    def __init__(self, now: Instant = Instant(1_792_000_000_000), turns: int = _TURNS) -> None:
        """Start at this instant, monotonic zero; `turns` is how often the loop goes round before time moves on."""
        self._turns = turns
        self._now = now
        self._monotonic = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> Instant:
        """Wall clock."""
        return self._now

    def monotonic(self) -> float:
        """Seconds since the start."""
        return self._monotonic

    def step(self, seconds: float) -> None:
        """Step the wall clock only, as an operator or NTP would."""
        self._now = after(self._now, seconds)

    def jump(self, seconds: float) -> None:
        """Let time pass while nobody runs, as for a stopped process."""
        self._move(self._monotonic + seconds)

    async def sleep(self, seconds: float) -> None:
        """Wait until `advance` has passed this many seconds."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._monotonic + seconds, next(self._order), waiting))
        await waiting

    async def advance(self, seconds: float) -> None:
        """Let this much time pass, waking sleepers at their own moments."""
        end = self._monotonic + seconds
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            moment, _, waiting = heapq.heappop(self._sleepers)
            self._move(max(moment, self._monotonic))
            if not waiting.done():
                waiting.set_result(None)
            await self._settle()
        self._move(end)

    def _move(self, moment: float) -> None:
        self._now = after(self._now, moment - self._monotonic)
        self._monotonic = moment

    async def _settle(self) -> None:
        for _ in range(self._turns):
            await asyncio.sleep(0)
