"""Blocking libraries in a bounded number of threads, each call with an outer deadline (design D1)."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


class ThreadPool:
    """Runs blocking work; a caller that gives up leaves its thread to end by the work's own limits."""

    def __init__(self, name: str, size: int) -> None:
        """Make no thread yet; at most `size` later."""
        self._executor = ThreadPoolExecutor(max_workers=size, thread_name_prefix=name)

    async def run(self, work: Callable[[], Result], seconds: float) -> Result:
        """Return what the work returns; TimeoutError after `seconds`, waiting for a free thread included."""
        future = self._executor.submit(work)
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.wrap_future(future)
        finally:
            future.cancel()  # what has not begun never will

    def close(self) -> None:
        """Take no more work; does not wait for work that hangs."""
        self._executor.shutdown(wait=False, cancel_futures=True)
