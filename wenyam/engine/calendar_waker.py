"""APScheduler, used for nothing but waking at due times (design D5): what is run is decided by the ledger.

Its own bookkeeping of late jobs is switched off: a job of it only sets an event, so late, doubled or dropped wakes are harmless.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from wenyam.engine.calendar import rule_of
from wenyam.model.calendar import Job
from wenyam.model.instants import from_datetime, to_datetime
from wenyam.settings.schedule import Rule

_EXPLICIT = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1_000_000, "replace_existing": True}
"""By default a job that is a second late is dropped without a word, and a second instance is refused."""


class RuleTrigger(BaseTrigger):  # type: ignore[misc]  # apscheduler has no types
    """Fires at the due times of a rule."""

    def __init__(self, rule: Rule) -> None:
        """Take the rule of our own grammar."""
        self._rule = rule

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return the first due time after both; what lies between them is the ledger's business."""
        moment = now if previous_fire_time is None else max(previous_fire_time, now)
        return to_datetime(self._rule.next_after(from_datetime(moment)))


class SchedulerWaker:
    """Sets an event at every due time."""

    def __init__(self) -> None:
        """Needs a running event loop."""
        self._due = asyncio.Event()
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._scheduler.start()

    def set_jobs(self, jobs: Sequence[Job]) -> None:
        """Wake at these jobs' due times from now on, counted from the present wall clock."""
        self._scheduler.remove_all_jobs()
        for job in jobs:
            self._scheduler.add_job(self._wake, RuleTrigger(rule_of(job.schedule)), id=job.name, **_EXPLICIT)

    def look(self) -> None:
        """Compare with the wall clock again: it counts down on the monotonic clock and does not see steps."""
        self._scheduler.wakeup()

    async def wait(self) -> None:
        """Return at the next due time."""
        await self._due.wait()
        self._due.clear()

    def stop(self) -> None:
        """Wake no more."""
        self._scheduler.shutdown(wait=False)

    async def _wake(self) -> None:
        self._due.set()
