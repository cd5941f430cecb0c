"""The watcher's own memory: what is there to stay is looked through for garbage no more, and lies on large pages."""

import asyncio
from typing import Final

from wenyam import garbage
from wenyam.clock import Clock
from wenyam.links import kernel_memory

EVERY_SECONDS: Final = 30.0
WORTH_BYTES: Final = 64 * 2**20
"""A process smaller than this gains nothing."""
GROWN: Final = 1.25
"""Times what it was the last time: memory that does not grow is not frozen again."""
AT_REST: Final = 0.01
"""A process that grew by a smaller share since the last look has come to rest."""
LEFT_OVER: Final = 0.03
"""A share of memory that came since it was last moved and is worth moving, once the process is at rest."""
AGAIN_SECONDS: Final = 3600.0
"""Memory that was given back and taken again is on small pages."""


class MemoryCare:
    """Looks after memory as long as the watcher runs."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock."""
        self._clock = clock
        self._frozen_at = WORTH_BYTES / GROWN
        self._moved_at = 0.0
        self._moved_size = self._seen = 0

    async def run(self) -> None:
        """Look after it for ever."""
        while True:
            await self._clock.sleep(EVERY_SECONDS)
            await self.look()

    async def look(self) -> bool:
        """Freeze and move what has grown by a quarter; move what came after that, and once an hour what is new.

        True when something was moved.
        """
        resident, now = kernel_memory.resident_bytes(), self._clock.monotonic()
        before, self._seen = self._seen, resident
        if resident > self._frozen_at * GROWN:
            # Without a collection before it, which would hold the loop for seconds at 10,000 devices.
            garbage.spare_what_is_held()
            self._frozen_at = float(resident)
        elif resident < WORTH_BYTES or not (self._is_left_over(resident, before) or now >= self._moved_at + AGAIN_SECONDS):
            return False
        self._moved_at = now
        moved = await asyncio.to_thread(kernel_memory.use_large_pages)
        self._seen = self._moved_size = kernel_memory.resident_bytes()  # holes in a large page are resident too
        return moved > 0

    def _is_left_over(self, resident: int, before: int) -> bool:
        """Tell whether the last growth, too small to be frozen, is over and still lies on small pages."""
        return resident <= before * (1 + AT_REST) and resident > self._moved_size * (1 + LEFT_OVER)
