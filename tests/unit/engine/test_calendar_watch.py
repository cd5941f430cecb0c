"""The calendar on a clock moved by hand, with a real ledger: steps, restarts, double starts, changes."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from wenyam.engine import calendar
from wenyam.engine.calendar import latest_due
from wenyam.engine.calendar_runs import ALL_TIME, Ended, Runs, recorded_terms
from wenyam.engine.calendar_watch import Calendar
from wenyam.model.calendar import Job, Run, RunOutcome, Schedule
from wenyam.model.instants import Instant, Period, after, from_datetime
from wenyam.store.locks import DaemonLock
from wenyam.store.sqlite import open_writer
from wenyam.store.writer import SqliteWriter
from wenyam.testing.clock import FakeClock

NIGHTLY = Job("nightly", Schedule("every day 01:30", window=3600.0), ("report", "month"))


def at(text: str) -> Instant:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Bangkok")))


class NeverWakes:
    """A scheduler that died: the calendar must do without it."""

    def __init__(self) -> None:
        self.counted_anew = 0

    def set_jobs(self, _jobs: Sequence[Job]) -> None:
        self.counted_anew += 1

    def look(self) -> None:
        pass

    async def wait(self) -> None:
        await asyncio.Event().wait()


class Programs:
    """Starts nothing; notes what it was asked to start, and ends when and how a test says."""

    def __init__(self, code: int = 0) -> None:
        self.started: list[tuple[str, ...]] = []
        self.code = code
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, arguments: tuple[str, ...], _limit: float) -> Ended:
        self.started.append(arguments)
        await self.gate.wait()
        return Ended(self.code, "it said so")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(at("2026-11-02 00:00"))


@pytest.fixture
def writer(tmp_path: Path, clock: FakeClock) -> Iterator[SqliteWriter]:
    opened = open_writer(tmp_path, clock, "dc-main", ballast_bytes=0)
    yield opened
    opened.close()


@pytest.fixture
async def programs() -> Programs:
    return Programs()


@asynccontextmanager
async def watching(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path, jobs: Sequence[Job] = (NIGHTLY,)
) -> AsyncIterator[Calendar]:
    watched = Calendar(jobs, Runs(tmp_path, writer, clock, programs), clock, NeverWakes())
    task = asyncio.create_task(watched.run())
    await clock.advance(0.0)
    try:
        yield watched
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await watched.close(0.0)


def recorded(writer: SqliteWriter) -> list[Run]:
    return writer.runs(None, ALL_TIME)


def missed_facts(writer: SqliteWriter) -> list[Instant]:
    return [Instant(int(each.fact.body["due"] or 0)) for each in writer.facts(ALL_TIME, calendar.MISSED)]


async def test_a_due_run_starts_within_one_look_and_is_recorded(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path
) -> None:
    async with watching(writer, clock, programs, tmp_path):
        await clock.advance(5399.0)
        assert programs.started == []
        await clock.advance(16.0)
        assert programs.started == [("report", "month")]
        (run,) = recorded(writer)
        assert (run.job, run.due, run.outcome) == ("nightly", at("2026-11-02 01:30"), RunOutcome.DONE)
        assert run.started is not None
        assert run.started - run.due <= 15_000
        await clock.advance(7200.0)
    assert len(programs.started) == 1
    assert missed_facts(writer) == []


@pytest.mark.parametrize(
    "case",
    [
        (0, RunOutcome.DONE, ""),
        (1, RunOutcome.FAILED, "exit code 1: it said so"),
        (3, RunOutcome.INCOMPLETE, "it said so"),
        (-9, RunOutcome.FAILED, "killed by signal 9: it said so"),
    ],
)
async def test_how_a_program_ends_is_how_the_run_ends(
    writer: SqliteWriter, clock: FakeClock, tmp_path: Path, case: tuple[int, RunOutcome, str]
) -> None:
    code, outcome, detail = case
    async with watching(writer, clock, Programs(code), tmp_path):
        await clock.advance(5430.0)
    (run,) = recorded(writer)
    assert (run.outcome, run.detail) == (outcome, detail)


async def test_a_clock_stepped_three_hours_ahead_records_the_run_as_missed_and_runs_no_backlog(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path
) -> None:
    async with watching(writer, clock, programs, tmp_path):
        await clock.advance(600.0)
        clock.step(3 * 3600)
        await clock.advance(60.0)
        assert programs.started == []
        assert missed_facts(writer) == [at("2026-11-02 01:30")]
        await clock.advance(3600.0)
    assert missed_facts(writer) == [at("2026-11-02 01:30")]
    assert [each.fact.body for each in writer.facts(ALL_TIME, calendar.CLOCK_STEPPED)] == [{"seconds": 10_800.0}]


async def test_a_step_back_to_the_truth_lets_the_run_start_when_it_is_really_due(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path
) -> None:
    async with watching(writer, clock, programs, tmp_path):
        clock.step(3 * 3600)
        await clock.advance(60.0)
        assert missed_facts(writer) == [at("2026-11-02 01:30")]
        clock.step(-3 * 3600)
        await clock.advance(5400.0)
        assert programs.started == [("report", "month")]
    period = Period(at("2026-11-02"), at("2026-11-03"))
    owed = calendar.all_runs(recorded_terms(writer), recorded(writer), period, clock.now())
    assert [run.outcome for run in owed] == [RunOutcome.DONE]


async def test_a_step_into_the_window_starts_the_run_at_once(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path
) -> None:
    async with watching(writer, clock, programs, tmp_path):
        clock.step(5400 + 1800)
        await clock.advance(15.0)
        assert programs.started == [("report", "month")]
    assert missed_facts(writer) == []


async def test_a_clock_stepped_back_over_a_run_does_not_run_it_twice(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path
) -> None:
    async with watching(writer, clock, programs, tmp_path):
        await clock.advance(6000.0)
        clock.step(-3 * 3600)
        await clock.advance(4 * 3600.0)
    assert len(programs.started) == 1
    assert [run.outcome for run in recorded(writer)] == [RunOutcome.DONE]


async def test_a_step_makes_the_scheduler_count_anew(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path
) -> None:
    waker = NeverWakes()
    task = asyncio.create_task(Calendar([NIGHTLY], Runs(tmp_path, writer, clock, programs), clock, waker).run())
    await clock.advance(60.0)
    assert waker.counted_anew == 1
    clock.step(-3 * 3600)
    await clock.advance(15.0)
    assert waker.counted_anew == 2
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def down_from_to(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path, seconds: tuple[float, float]
) -> None:
    """Run the calendar, stop it after the first number of seconds, start it again after the second."""
    async with watching(writer, clock, programs, tmp_path):
        await clock.advance(seconds[0])
    await clock.advance(seconds[1] - seconds[0])
    async with watching(writer, clock, programs, tmp_path):
        await clock.advance(30.0)


async def test_a_restart_inside_the_window_runs_what_is_due_once(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path
) -> None:
    await down_from_to(writer, clock, programs, tmp_path, (5000.0, 5400.0 + 3500.0))
    assert len(programs.started) == 1
    assert missed_facts(writer) == []


async def test_a_restart_outside_the_window_records_the_run_as_missed_once(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path
) -> None:
    await down_from_to(writer, clock, programs, tmp_path, (5000.0, 5400.0 + 3600.0))
    async with watching(writer, clock, programs, tmp_path):
        await clock.advance(60.0)
    assert programs.started == []
    assert missed_facts(writer) == [at("2026-11-02 01:30")]


async def test_a_week_without_a_scheduler_is_a_week_of_missed_runs(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path
) -> None:
    await down_from_to(writer, clock, programs, tmp_path, (60.0, 7 * 86_400.0))
    assert programs.started == []
    assert missed_facts(writer) == [after(at("2026-11-02 01:30"), day * 86_400.0) for day in range(7)]


async def test_what_was_due_before_the_first_start_is_neither_run_nor_missed(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path
) -> None:
    await clock.advance(5400.0 + 60.0)
    async with watching(writer, clock, programs, tmp_path):
        await clock.advance(600.0)
    assert (programs.started, missed_facts(writer)) == ([], [])


async def test_calendar_and_cron_at_once_run_it_once(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path
) -> None:
    other = open_writer(tmp_path, clock, "dc-main", ballast_bytes=0)
    cron = Programs()
    async with watching(writer, clock, programs, tmp_path):
        await clock.advance(5400.0 - 15.0)
        clock.step(15.0)
        both = asyncio.create_task(Runs(tmp_path, other, clock, cron).attempt(NIGHTLY, latest_due(NIGHTLY, clock.now())))
        await clock.advance(15.0)
        await both
    other.close()
    assert len(programs.started) + len(cron.started) == 1
    assert [run.outcome for run in recorded(writer)] == [RunOutcome.DONE]


async def test_a_run_that_is_still_going_lets_the_next_one_be_missed_and_never_doubles(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path
) -> None:
    often = Job("often", Schedule("every 1h", window=600.0), ("db",))
    programs.gate.clear()
    async with watching(writer, clock, programs, tmp_path, [often]):
        await clock.advance(2 * 3600.0 + 700.0)
        assert len(programs.started) == 1
        programs.gate.set()
        await clock.advance(3600.0)
        assert len(programs.started) == 2
    assert missed_facts(writer) == [at("2026-11-02 01:00"), at("2026-11-02 02:00")]


async def test_cron_does_not_start_the_next_run_while_the_calendar_still_runs_the_one_before(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path
) -> None:
    often = Job("often", Schedule("every 1h"), ("db",))
    programs.gate.clear()
    cron = Programs()
    async with watching(writer, clock, programs, tmp_path, [often]):
        await clock.advance(2 * 3600.0 + 60.0)
        attempt = await Runs(tmp_path, writer, clock, cron).attempt(often, latest_due(often, clock.now()))
        assert "waits for the run before it" in attempt.sentence
        assert (attempt.outcome, cron.started) == (None, [])


async def test_stopping_the_calendar_ends_the_run_and_says_so(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path
) -> None:
    programs.gate.clear()
    async with watching(writer, clock, programs, tmp_path):
        await clock.advance(5430.0)
        assert [run.outcome for run in recorded(writer)] == [RunOutcome.RUNNING]
    (run,) = recorded(writer)
    assert (run.outcome, run.detail) == (RunOutcome.FAILED, "stopped together with its starter")


async def test_a_stop_waits_for_the_run_under_way(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path
) -> None:
    programs.gate.clear()
    async with watching(writer, clock, programs, tmp_path) as watched:
        await clock.advance(5430.0)
        closing = asyncio.create_task(watched.close(240.0))
        await clock.advance(200.0)
        assert not closing.done()
        programs.gate.set()
        await closing
    assert [run.outcome for run in recorded(writer)] == [RunOutcome.DONE]


async def test_an_impatient_stop_waits_no_longer(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path
) -> None:
    programs.gate.clear()
    async with watching(writer, clock, programs, tmp_path) as watched:
        await clock.advance(5430.0)
        impatient: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        closing = asyncio.create_task(watched.close(240.0, impatient))
        await clock.advance(1.0)
        impatient.set_result(None)
        await closing
    assert [run.outcome for run in recorded(writer)] == [RunOutcome.FAILED]


async def test_the_date_in_the_arguments_is_the_local_date_of_the_due_time(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path
) -> None:
    job = Job("dated", Schedule("every day 01:30"), ("report", "--output", "/x/report-{date}.txt"))
    async with watching(writer, clock, programs, tmp_path, [job]):
        await clock.advance(5430.0)
    assert programs.started == [("report", "--output", "/x/report-2026-11-02.txt")]


async def test_other_jobs_are_taken_without_a_restart(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path
) -> None:
    async with watching(writer, clock, programs, tmp_path) as watched:
        await clock.advance(60.0)
        watched.set_jobs([Job("early", Schedule("every day 00:30"), ("doctor",))])
        await clock.advance(7200.0)
    assert programs.started == [("doctor",)]
    assert missed_facts(writer) == []
    assert [(term.job, term.schedule.text) for term in recorded_terms(writer)] == [
        ("nightly", "every day 01:30"),
        ("early", "every day 00:30"),
    ]


async def test_a_program_that_cannot_be_started_is_a_failed_run(writer: SqliteWriter, clock: FakeClock, tmp_path: Path) -> None:
    async def absent(arguments: tuple[str, ...], limit: float) -> Ended:
        raise FileNotFoundError(2, "No such file or directory", "/nowhere/python")

    await clock.advance(5400.0)
    attempt = await Runs(tmp_path, writer, clock, absent).attempt(NIGHTLY, latest_due(NIGHTLY, clock.now()))
    assert attempt.outcome is RunOutcome.FAILED
    assert "/nowhere/python" in attempt.sentence


@pytest.mark.parametrize(
    "case",
    [
        (-1, "is not due yet"),
        (3600, "is too late: it had to start before 2 Nov 2026 02:30:00 (Asia/Bangkok)"),
    ],
)
async def test_outside_its_window_nothing_runs(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path, case: tuple[int, str]
) -> None:
    seconds, words = case
    due = calendar.due_at(NIGHTLY, at("2026-11-02 01:30"))
    await clock.advance(5400.0 + seconds)
    attempt = await Runs(tmp_path, writer, clock, programs).attempt(NIGHTLY, due)
    assert words in attempt.sentence
    assert programs.started == []


async def test_while_another_process_records_nothing_is_recorded_twice(
    writer: SqliteWriter, clock: FakeClock, programs: Programs, tmp_path: Path
) -> None:
    runs = Runs(tmp_path, writer, clock, programs)
    runs.record_schedules([NIGHTLY])
    await clock.advance(86_400.0)
    with DaemonLock(tmp_path, "calendar.lock"):
        assert runs.record_missed(Instant(0)) == []
    assert [run.due for run in runs.record_missed(Instant(0))] == [at("2026-11-02 01:30")]
    assert runs.record_missed(Instant(0)) == []
