"""Injected time: the only file that asks the operating system what time it is."""

import asyncio
import time
from typing import Protocol

from wenyam.model.instants import Instant


class Clock(Protocol):
    """What the rooms ask for instead of `time` and `asyncio.sleep`."""

    def now(self) -> Instant:
        """Wall clock, milliseconds since 1970 UTC."""

    def monotonic(self) -> float:
        """Seconds that never step; only differences mean anything."""

    async def sleep(self, seconds: float) -> None:
        """Wait this many seconds of monotonic time."""


class SystemClock:
    """The operating system's clock."""

    def now(self) -> Instant:
        """Wall clock, milliseconds since 1970 UTC."""
        return Instant(time.time_ns() // 1_000_000)

    def monotonic(self) -> float:
        """Seconds that never step."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait this many seconds."""
        await asyncio.sleep(seconds)
