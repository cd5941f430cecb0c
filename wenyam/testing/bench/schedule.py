"""The schedule every stage but the watcher's own follows: each device once an interval, evenly spread, in small bunches."""

import asyncio
import time
from collections.abc import Awaitable, Callable

_GRAIN = 0.02
"""Turns closer together than this share one wake-up, as on the watcher's wheel."""


async def turns(count: int, interval: float, action: Callable[[int], Awaitable[None]]) -> None:
    """Start `action(number)` for each number once an interval, for ever; a slow one delays nobody."""
    begun, turn = time.monotonic(), 0
    under_way: set[asyncio.Task[None]] = set()
    try:
        while True:
            now = time.monotonic()
            while begun + turn * interval / count <= now + _GRAIN / 2:
                task = asyncio.ensure_future(action(turn % count))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
                turn += 1
            await asyncio.sleep(max(_GRAIN, begun + turn * interval / count - now))
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
