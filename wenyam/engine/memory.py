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
AGAIN_SECONDS: Final = 3600.0
"""Memory that was given back and taken again is on small pages."""


class MemoryCare:
    """Looks after memory as long as the watcher runs."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock."""
        self._clock = clock
        self._frozen_at = WORTH_BYTES / GROWN
        self._moved_at = 0.0

    async def run(self) -> None:
        """Look after it for ever."""
        while True:
            await self._clock.sleep(EVERY_SECONDS)
            await self.look()

    async def look(self) -> bool:
        """Freeze and move what has grown by a quarter, and once an hour move what is new; True when something was moved."""
        resident, now = kernel_memory.resident_bytes(), self._clock.monotonic()
        grown = resident > self._frozen_at * GROWN
        if grown:
            # Without a collection before it, which would hold the loop for seconds at 10,000 devices.
            garbage.spare_what_is_held()
            self._frozen_at = float(resident)
        elif resident < WORTH_BYTES or now < self._moved_at + AGAIN_SECONDS:
            return False
        self._moved_at = now
        return await asyncio.to_thread(kernel_memory.use_large_pages) > 0
