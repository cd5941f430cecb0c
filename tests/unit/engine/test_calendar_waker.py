"""The scheduler library wakes at due times and is trusted with nothing else."""

import asyncio
from datetime import UTC, datetime, timedelta

from wenyam.engine.calendar_waker import RuleTrigger, SchedulerWaker
from wenyam.model.calendar import Job, Schedule
from wenyam.settings.schedule import parse

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def test_the_trigger_fires_at_the_rules_next_time() -> None:
    trigger = RuleTrigger(parse("every mon 01:30", "UTC"))
    assert trigger.get_next_fire_time(None, NOON) == datetime(2026, 11, 9, 1, 30, tzinfo=UTC)


def test_after_a_step_of_ten_years_the_trigger_does_not_count_what_lies_between() -> None:
    trigger = RuleTrigger(parse("every 1m", "UTC"))
    later = NOON + timedelta(days=3650)
    assert trigger.get_next_fire_time(NOON, later) == later + timedelta(minutes=1)


async def test_the_explicit_settings_reach_the_library() -> None:
    waker = SchedulerWaker()
    waker.set_jobs([Job("nightly", Schedule("every day 01:30"), ())])
    (job,) = waker._scheduler.get_jobs()
    assert (job.misfire_grace_time, job.coalesce) == (None, True)
    assert job.next_run_time is not None
    waker.set_jobs([])
    assert waker._scheduler.get_jobs() == []
    waker.stop()
    await asyncio.sleep(0)


async def test_a_due_time_that_is_long_past_still_wakes_after_a_look() -> None:
    waker = SchedulerWaker()
    waker.set_jobs([Job("nightly", Schedule("every day 01:30"), ())])
    (job,) = waker._scheduler.get_jobs()
    job.modify(next_run_time=datetime.now(UTC) - timedelta(hours=3))  # as after a clock step of three hours
    waker.look()
    await asyncio.wait_for(waker.wait(), 5.0)
    waker.stop()
    await asyncio.sleep(0)
