"""The calendar as real processes on a real ledger: the service, cron beside it, a kill between claim and end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from wenyam.clock import SystemClock
from wenyam.engine import calendar
from wenyam.engine.calendar_jobs import calendar_jobs
from wenyam.engine.calendar_runs import ALL_TIME, Ended, Runs
from wenyam.model.calendar import Job, Run, RunOutcome, Schedule
from wenyam.model.instants import Instant, after
from wenyam.settings.loader import load
from wenyam.store.sqlite import open_reader, open_writer
from wenyam.testing.clock import FakeClock

WENYAM = Path(sys.executable).parent / "wenyam"
DEADLINE = 60.0
pytestmark = pytest.mark.real


def zone_where_it_is_past_four() -> str:
    """Return a zone in which `retention` (03:10, window 4 h) is due now and `head-export` (00:10, 1 h) is too late."""
    now = datetime.now(UTC)
    zones = [f"Etc/GMT{offset:+d}" for offset in range(-14, 13)]
    return next(zone for zone in zones if now.astimezone(ZoneInfo(zone)).hour == 4)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a configuration whose jobs have been owed since yesterday."""
    (tmp_path / "wenyam.yaml").write_text(
        f"""
instance: {{name: dc-main, site: head-office, state_directory: {tmp_path}/state, run_directory: {tmp_path}/state,
  time_zone: {zone_where_it_is_past_four()}}}
sites: {{head-office: {{label: {{th: สำนักงานใหญ่, en: Head office}}}}}}
people: {{somchai: {{name: {{th: สมชาย ใจดี, en: Somchai Jaidee}}, roles: [operator]}}}}
defaults: {{owner: somchai, duty_officer: somchai}}
devices: {{core-1: {{kind: switch, address: 127.20.1.1, site: head-office}}}}
""",
        encoding="utf-8",
    )
    (tmp_path / "state").mkdir()
    configuration = load(tmp_path)
    yesterday = FakeClock(after(SystemClock().now(), -86_400.0))
    with closing(open_writer(tmp_path / "state", yesterday, "dc-main", ballast_bytes=0)) as writer:
        writer.apply([], facts=calendar.changed_schedules(calendar_jobs(configuration), [], yesterday.now()))
    return tmp_path


def wenyam(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(WENYAM), "--config", str(folder), "jobs", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)


def runs_of(folder: Path, job: str = "retention") -> list[Run]:
    with closing(open_reader(folder / "state")) as reader:
        return reader.runs(job, ALL_TIME)


def missed(folder: Path) -> list[str]:
    with closing(open_reader(folder / "state")) as reader:
        return [str(each.fact.body["job"]) for each in reader.facts(ALL_TIME, calendar.MISSED)]


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "time is up"
        time.sleep(0.05)


@contextmanager
def service(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [str(WENYAM), "--config", str(folder), "jobs"], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_the_service_runs_what_is_due_once_and_records_what_is_too_late(folder: Path) -> None:
    with service(folder) as process:
        wait_for(lambda: [run.outcome for run in runs_of(folder)] == [RunOutcome.DONE])
        wait_for(lambda: missed(folder) == ["head-export"])
        process.send_signal(signal.SIGTERM)
        _, words = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0
    assert "retention, due" in words
    assert "head-export" in words
    assert "apscheduler" not in words
    with service(folder) as process:
        wait_for(lambda: "locked" if lock_holder(folder) == process.pid else "")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=DEADLINE)
    assert process.returncode == 0
    assert len(runs_of(folder)) == 1
    assert missed(folder) == ["head-export"]


def lock_holder(folder: Path) -> int:
    text = (folder / "state" / "jobs.lock").read_text(encoding="ascii").strip()
    return int(text) if text else 0


def test_a_second_service_exits_with_a_sentence(folder: Path) -> None:
    with service(folder) as process:
        wait_for(lambda: (folder / "state" / "jobs.lock").exists() and lock_holder(folder) == process.pid)
        second = wenyam(folder)
    assert second.returncode == 1
    assert f"held by process {process.pid}" in second.stderr
    assert second.stdout == ""


def test_a_reload_with_a_broken_configuration_leaves_the_old_one_running_and_says_so(folder: Path) -> None:
    with service(folder) as process:
        wait_for(lambda: runs_of(folder))
        good = (folder / "wenyam.yaml").read_text(encoding="utf-8")
        (folder / "wenyam.yaml").write_text(good.replace("instance:", "instanze:"), encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        assert any("instanze" in line for line in lines)
        assert process.poll() is None


def test_cron_runs_what_is_due_and_a_second_call_does_nothing(folder: Path) -> None:
    first, second = wenyam(folder, "run", "retention"), wenyam(folder, "run", "retention")
    assert (first.returncode, second.returncode) == (0, 0)
    assert "is done" in first.stderr
    assert "was started" in second.stderr
    assert [run.outcome for run in runs_of(folder)] == [RunOutcome.DONE]


def test_two_calls_at_once_run_it_once(folder: Path) -> None:
    command = [str(WENYAM), "--config", str(folder), "jobs", "run", "retention"]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    words = [each.communicate(timeout=DEADLINE)[1] for each in both]
    assert [each.returncode for each in both] == [0, 0]
    assert sum("is done" in text for text in words) == 1
    assert len(runs_of(folder)) == 1


def test_too_late_is_exit_code_3_once_and_then_there_is_nothing_to_do(folder: Path) -> None:
    first, second = wenyam(folder, "run", "head-export"), wenyam(folder, "run", "head-export")
    assert (first.returncode, second.returncode) == (3, 0)
    assert "is too late" in first.stderr
    assert "nothing is due" in second.stderr
    assert missed(folder) == ["head-export"]


def test_all_that_is_due_runs_by_one_cron_line(folder: Path) -> None:
    called = wenyam(folder, "run", "--all")
    assert called.returncode == 3
    assert [run.outcome for run in runs_of(folder)] == [RunOutcome.DONE]
    assert missed(folder) == ["head-export"]


def test_the_list_shows_next_last_and_missed_even_when_nothing_ever_ran(folder: Path) -> None:
    shape: dict[str, Any] = json.loads(wenyam(folder, "list", "--json").stdout)
    jobs = {job["name"]: job for job in shape["jobs"]}
    assert shape["version"] == 1
    assert jobs["head-export"]["last"]["outcome"] == "missed"
    assert jobs["head-export"]["last_30_days"]["missed"] == 1
    assert jobs["retention"]["last"] is None
    wenyam(folder, "run", "retention")
    text = wenyam(folder, "list").stdout
    assert "retention" in text
    assert "1 done" in text
    assert "missed: nobody started it in time" in text


def test_the_plan_names_times_and_deadlines(folder: Path) -> None:
    shape: dict[str, Any] = json.loads(wenyam(folder, "plan", "--days", "40", "--json").stdout)
    names = [each["job"] for each in shape["due"]]
    assert names.count("head-export") == 40
    assert 1 <= names.count("report-month") <= 2
    assert wenyam(folder, "plan", "--days", "0").returncode == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("run", "nope"), "there is no job 'nope'; there are: head-export, report-month, retention"),
        (("run", "retention", "--due", "soon"), "'soon' is not a time such as"),
        (("run", "retention", "--due", "2026-11-02T01:30"), "has no zone"),
        (("run", "retention", "--due", "2026-11-02T01:30:01+07:00"), "is not due at"),
        (("run",), "one of the arguments NAME --all is required"),
    ],
)
def test_a_call_that_is_not_understood_is_exit_code_2(folder: Path, words: tuple[str, ...], sentence: str) -> None:
    called = wenyam(folder, *words)
    assert called.returncode == 2
    assert sentence in called.stderr
    assert runs_of(folder) == []


KILLED = """
import asyncio, sys
from pathlib import Path
from wenyam.clock import SystemClock
from wenyam.engine import calendar
from wenyam.engine.calendar_runs import Runs
from wenyam.model.calendar import Job, Schedule
from wenyam.store.sqlite import open_writer

async def never_ends(arguments, limit):
    print("started", flush=True)
    await asyncio.Event().wait()

job = Job("hourly", Schedule("every 1h", window=3600.0), ("x",))
writer = open_writer(Path(sys.argv[1]), SystemClock(), "dc-main", ballast_bytes=0)
runs = Runs(Path(sys.argv[1]), writer, SystemClock(), never_ends)
asyncio.run(runs.attempt(job, calendar.latest_due(job, SystemClock().now())))
"""
HOURLY = Job("hourly", Schedule("every 1h", window=3600.0), ("x",))


def claimed_and_killed(directory: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(directory)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    with closing(open_reader(directory)) as reader:
        assert [run.outcome for run in reader.runs("hourly", ALL_TIME)] == [RunOutcome.RUNNING]
    process.kill()
    process.communicate(timeout=DEADLINE)


def test_a_run_whose_process_was_killed_is_reported_failed_not_running(tmp_path: Path) -> None:
    claimed_and_killed(tmp_path)
    with closing(open_reader(tmp_path)) as reader:
        (run,) = reader.runs("hourly", ALL_TIME)
    assert run.outcome is RunOutcome.FAILED
    assert "ended without a result" in run.detail


async def test_after_a_kill_the_same_due_time_is_not_run_again_and_the_next_one_is(tmp_path: Path) -> None:
    claimed_and_killed(tmp_path)

    async def at_once(_arguments: tuple[str, ...], _limit: float) -> Ended:
        return Ended(0)

    clock = FakeClock(SystemClock().now())
    with closing(open_writer(tmp_path, clock, "dc-main", ballast_bytes=0)) as writer:
        runs = Runs(tmp_path, writer, clock, at_once)
        (dead,) = writer.runs("hourly", ALL_TIME)
        again = await runs.attempt(HOURLY, calendar.due_at(HOURLY, dead.due))
        assert again.outcome is None
        assert "is failed" in again.sentence
        await clock.advance(timedelta(hours=1).total_seconds())
        following = await runs.attempt(HOURLY, calendar.latest_due(HOURLY, Instant(clock.now())))
        assert following.outcome is RunOutcome.DONE
