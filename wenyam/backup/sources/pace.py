"""Blocking work of a source in a thread of its own: how far it has come, and that it stops when its time is up."""

import asyncio
import threading
from collections.abc import Callable
from typing import Final, TypeVar

from wenyam.backup.contract import Workplace
from wenyam.errors import BackupError, SourceError
from wenyam.links.threads import ThreadPool

Result = TypeVar("Result")
_BYTES: Final = 8 << 20
_STEPS: Final = 500


class Pace:
    """Told by the working threads of every step; tells the run's progress now and then, and ends the work in time."""

    def __init__(self, workplace: Workplace, what: str, error: type[BackupError]) -> None:
        """Take what is being done, in words, and the kind of error that says it took too long."""
        self._workplace = workplace
        self._what = what
        self._error = error
        self._loop = asyncio.get_running_loop()
        self._stopped = threading.Event()
        self._bytes = self._steps = 0
        self._told = (0, 0)

    def step(self, count: int = 0) -> None:
        """Count a step and its bytes; raises when the time is up or nobody waits any more.

        Two threads at once may lose a count, which only the progress shows: a lock for every small file costs more.
        """
        self._bytes += count
        self._steps += 1
        if self._bytes - self._told[0] >= _BYTES or self._steps - self._told[1] >= _STEPS:
            self.check()
            self._told = (self._bytes, self._steps)
            self._loop.call_soon_threadsafe(self._workplace.progress, self._what, self._bytes, None)

    def check(self) -> None:
        """Raise when the time is up or nobody waits any more."""
        if self._stopped.is_set() or self._workplace.clock.monotonic() >= self._workplace.deadline:
            raise self.too_late()

    def too_late(self) -> BackupError:
        """Return the error of work that took too long."""
        return self._error(f"{self._what}: not done in time")

    def stop(self) -> None:
        """Make the thread end at its next step."""
        self._stopped.set()


def seconds_left(workplace: Workplace) -> float:
    """Return how many seconds the run has left; never negative."""
    return max(0.0, workplace.deadline - workplace.clock.monotonic())


async def in_thread(
    workplace: Workplace, what: str, work: Callable[[Pace], Result], error: type[BackupError] = SourceError
) -> Result:
    """Return what the work returns; `error` when it is not done by the run's deadline."""
    pace = Pace(workplace, what, error)
    threads = ThreadPool("wenyam-source", 1)
    try:
        return await threads.run(lambda: work(pace), seconds_left(workplace))
    except TimeoutError as late:
        raise pace.too_late() from late
    finally:
        pace.stop()
        threads.close()
