"""The calendar for people: overview, plan, a named due time, and retention after a clock step."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from wenyam.engine import calendar
from wenyam.engine.calendar_runs import ALL_TIME, Ended, Runs
from wenyam.errors import UsageError
from wenyam.model.calendar import Job, RunOutcome, Schedule
from wenyam.model.instants import Instant, from_datetime
from wenyam.operations import jobs
from wenyam.store.sqlite import open_writer
from wenyam.store.writer import SqliteWriter
from wenyam.testing.clock import FakeClock

NIGHTLY = Job("nightly", Schedule("every day 01:30"), ("db", "check"))
WEEKLY = Job("weekly", Schedule("every mon 02:00"), ("report", "month"))
DAY = 86_400.0


def at(text: str) -> Instant:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Bangkok")))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(at("2026-11-02 00:00"))


@pytest.fixture
def writer(tmp_path: Path, clock: FakeClock) -> Iterator[SqliteWriter]:
    opened = open_writer(tmp_path, clock, "dc-main", ballast_bytes=0)
    yield opened
    opened.close()


async def fails(_arguments: tuple[str, ...], _limit: float) -> Ended:
    return Ended(1, "no space")


async def test_the_overview_counts_what_ran_and_what_nobody_started(
    writer: SqliteWriter, clock: FakeClock, tmp_path: Path
) -> None:
    runs = Runs(tmp_path, writer, clock, fails)
    runs.record_schedules([NIGHTLY, WEEKLY])
    await clock.advance(2 * DAY + 6000.0)
    await jobs.run_due(runs, [NIGHTLY, WEEKLY], NIGHTLY, calendar.latest_due(NIGHTLY, clock.now()))
    nightly, weekly = jobs.overview(writer, [NIGHTLY, WEEKLY], clock.now())
    assert nightly.last is not None
    assert (nightly.last.outcome, nightly.last.detail, nightly.trouble) == (RunOutcome.FAILED, "exit code 1: no space", True)
    assert nightly.recent == {RunOutcome.MISSED: 2, RunOutcome.FAILED: 1}
    assert nightly.next_due == at("2026-11-05 01:30")
    assert weekly.recent == {RunOutcome.MISSED: 1}


async def test_a_reader_that_only_reads_sees_the_missed_runs_too(writer: SqliteWriter, clock: FakeClock, tmp_path: Path) -> None:
    Runs(tmp_path, writer, clock, fails).record_schedules([NIGHTLY])
    await clock.advance(10 * DAY)
    assert writer.facts(ALL_TIME, calendar.MISSED) == []
    (view,) = jobs.overview(writer, [NIGHTLY], clock.now())
    assert view.recent == {RunOutcome.MISSED: 10}


def test_the_plan_is_in_order_of_time() -> None:
    found = [(due.job, due.at) for due in jobs.plan([NIGHTLY, WEEKLY], at("2026-11-02 01:45"), 2)]
    assert found == [
        ("weekly", at("2026-11-02 02:00")),
        ("nightly", at("2026-11-03 01:30")),
        ("nightly", at("2026-11-04 01:30")),
    ]


def test_a_due_time_is_named_exactly_or_refused() -> None:
    due = jobs.due_named(NIGHTLY, "2026-11-02T01:30+07:00", at("2026-11-02 01:45"))
    assert due.at == jobs.due_named(NIGHTLY, None, at("2026-11-02 01:45")).at == at("2026-11-02 01:30")
    with pytest.raises(UsageError, match="is not due at"):
        jobs.due_named(NIGHTLY, "2026-11-02T01:31+07:00", at("2026-11-02 01:45"))


async def test_nothing_is_removed_by_age_within_a_day_of_a_clock_step(
    writer: SqliteWriter, clock: FakeClock, tmp_path: Path
) -> None:
    Runs(tmp_path, writer, clock, fails).record_step(10_800.0)
    assert jobs.retain(writer, clock.now()).startswith("nothing was removed by age")
    await clock.advance(DAY + 1.0)
    assert jobs.retain(writer, clock.now()).startswith("no month is past its retention")
