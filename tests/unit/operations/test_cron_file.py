from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from wenyam.engine.calendar_jobs import calendar_jobs
from wenyam.errors import ConfigurationError
from wenyam.model.backup import BackupJob, BackupPlan, RepositoryPlan, RestorePlan
from wenyam.model.calendar import Schedule
from wenyam.model.instance import Configuration, Instance
from wenyam.model.instants import Period, from_datetime, to_datetime
from wenyam.model.inventory import Inventory, SecretReference
from wenyam.operations.cron_file import (
    cron_file,
    cron_lines,
    departures,
    problems,
    read_schedules,
    schedules_of,
    system_zone,
    timer_units,
)
from wenyam.settings import schedule

NIGHTLY = {"audit-verify": Schedule("every day 03:10")}
START = datetime(2026, 1, 1, tzinfo=UTC)


def cron_fires(line: str, moment: datetime) -> bool:
    """Tell whether cron starts this line at a local moment, by crontab(5): day and weekday are ORed when both are given."""
    minute, hour, day, month, weekday = (
        None if field == "*" else {int(part) for part in field.split(",")} for field in line.split()[:5]
    )
    if not ((minute is None or moment.minute in minute) and (hour is None or moment.hour in hour)):
        return False
    days = [day is not None and moment.day in day, weekday is not None and moment.isoweekday() % 7 in weekday]
    return (month is None or moment.month in month) and (any(days) or (day is None and weekday is None))


@pytest.mark.parametrize(
    "text", ["every day 03:10", "every mon,fri 02:00", "every 6h", "yearly 09-30 08:00", "monthly 5 23:30", "quarterly 9 08:00"]
)
@pytest.mark.parametrize("zone", ["Etc/UTC", "Asia/Bangkok", "Asia/Kolkata"])
def test_cron_starts_each_job_exactly_when_its_schedule_says(text: str, zone: str) -> None:
    lines = cron_lines("job", Schedule(text), zone)
    due = set(
        schedule.parse(text, "Asia/Bangkok").occurrences(Period(from_datetime(START), from_datetime(START + timedelta(days=400))))
    )
    minutes = (START + timedelta(minutes=number) for number in range(0, 400 * 1440, 5))
    fired = {
        from_datetime(moment) for moment in minutes if any(cron_fires(line, moment.astimezone(ZoneInfo(zone))) for line in lines)
    }
    assert fired == due


@pytest.mark.parametrize("text", ["monthly last 02:00", "monthly 1 06:00", "monthly first sun 03:00"])
def test_what_cron_cannot_say_is_started_every_day_at_that_time(text: str) -> None:
    (line,) = cron_lines("job", Schedule(text), "Etc/UTC")
    due = schedule.parse(text, "Asia/Bangkok").next_after(from_datetime(START))
    assert line.split()[2:5] == ["*", "*", "*"]
    assert cron_fires(line, to_datetime(due))


def test_a_zone_that_changes_its_clock_cannot_be_kept_and_the_file_says_so() -> None:
    text = cron_file(NIGHTLY, "Europe/Berlin")
    assert "# NOT SCHEDULED: time zone 'Europe/Berlin' changes its clock during the year" in text
    assert "changes its clock" in problems(text, "Europe/Berlin")[0]


def test_a_fresh_file_has_no_problems() -> None:
    assert problems(cron_file(NIGHTLY, "Etc/UTC"), "Etc/UTC") == []


def test_a_system_moved_to_another_zone_is_noticed() -> None:
    assert problems(cron_file(NIGHTLY, "Etc/UTC"), "Asia/Bangkok") == [
        "it was written for the zone Etc/UTC, the system's is Asia/Bangkok"
    ]
    assert problems("", "Etc/UTC") == ["it was written for the zone nobody knows, the system's is Etc/UTC"]


def test_an_edited_time_is_noticed() -> None:
    edited = cron_file(NIGHTLY, "Etc/UTC").replace("10 20 * * *", "10 3 * * *")
    found = problems(edited, "Etc/UTC")
    assert len(found) == 2
    assert found[0].startswith("'10 3 * * * wenyam-backup")
    assert found[0].endswith("does not follow from its schedule")
    assert found[1].startswith("'10 20 * * * ")
    assert found[1].endswith("is missing")


def test_the_shipped_schedules_are_those_of_the_calendar() -> None:
    shipped = read_schedules(Path(__file__).parents[3] / "config/cron/wenyam.schedule")
    configuration = Configuration(Instance("watch-1", "head-office"), Inventory(), "")
    wanted = {job.name: job.schedule for job in calendar_jobs(configuration)}
    assert departures(cron_file(shipped, "Etc/UTC"), wanted) == []
    assert departures(cron_file({}, "Etc/UTC"), {"retention": wanted["retention"]}) == ["job 'retention' has no line"]
    assert departures(cron_file({"old": Schedule("every 6h")}, "Etc/UTC"), {}) == ["there is no job 'old'"]


def test_the_file_of_a_configuration_elsewhere_starts_its_jobs() -> None:
    text = cron_file(NIGHTLY, "Etc/UTC", "/srv/wenyam-2/etc")
    assert "wenyam-backup /opt/wenyam/bin/wenyam --config /srv/wenyam-2/etc jobs run audit-verify\n" in text
    assert problems(text, "Etc/UTC") == []
    assert len(problems(text.replace("--config /srv/wenyam-2/etc", "--config /etc/wenyam"), "Etc/UTC")) == 2


@pytest.mark.parametrize("folder", ["/srv/a b", "/srv/50%", "/srv/a;b", "etc", "/srv/a\nb"])
def test_a_folder_that_cron_would_not_take_as_it_stands_is_refused(folder: str) -> None:
    with pytest.raises(ConfigurationError, match="cron takes no other characters in a path"):
        cron_file(NIGHTLY, "Etc/UTC", folder)


def test_backups_restore_tests_and_reading_back_are_jobs_with_their_own_windows() -> None:
    repository = RepositoryPlan("main", "local", None, SecretReference("file", "/k"), "office")
    restore = RestorePlan(Schedule("monthly first sat 09:00", window=60.0))
    jobs = {
        name: BackupJob(name, "files", None, "somchai", Schedule("every day 01:30", window=4.0), "main", restore=plan)
        for name, plan in (("a.b_c-d", restore), ("untested", RestorePlan()))
    }
    configuration = Configuration(Instance("w", "s"), Inventory(), "", backup=BackupPlan(jobs, {"main": repository}))
    found = {job.name: (job.schedule.window, job.arguments) for job in calendar_jobs(configuration)}
    assert {name: each for name, each in found.items() if each[1][0] in ("backup", "restore")} == {
        "backup-a.b_c-d": (4.0, ("backup", "run", "a.b_c-d", "--claimed")),
        "backup-untested": (4.0, ("backup", "run", "untested", "--claimed")),
        "restore-test-a.b_c-d": (60.0, ("restore", "test", "a.b_c-d")),
        "verify-main": (12 * 3600.0, ("backup", "verify", "main", "--parts", "7")),
    }
    text = cron_file(schedules_of(configuration), "Etc/UTC")
    assert departures(text, schedules_of(configuration)) == []
    assert problems(text, "Etc/UTC") == []
    assert departures(cron_file(NIGHTLY, "Etc/UTC"), schedules_of(configuration))[0] == "job 'backup-a.b_c-d' has no line"
    assert "wenyam-job@backup-a.b_c-d.timer" in timer_units(schedules_of(configuration))


def test_timers_keep_the_schedules_own_zone() -> None:
    units = timer_units({**NIGHTLY, "weekly": Schedule("every mon 02:00")})
    assert "OnCalendar=*-*-* 3:10:00 Asia/Bangkok" in units["wenyam-job@audit-verify.timer"]
    assert "OnCalendar=Mon *-*-* 2:0:00 Asia/Bangkok" in units["wenyam-job@weekly.timer"]


def test_schedules_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "schedule"
    path.write_text("# comment\n\na-job | every day 01:30 | Asia/Bangkok\n", encoding="utf-8")
    assert read_schedules(path) == {"a-job": Schedule("every day 01:30")}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("a-job | every day 01:30", ":1: expected 'NAME | SCHEDULE | ZONE', found 'a-job | every day 01:30'"),
        ("a;rm -rf | every day 01:30 | UTC", ":1: expected 'NAME | SCHEDULE | ZONE'"),
        ("a-job | every day 01:30 | Mars/Olympus", "its time zone 'Mars/Olympus' is not known"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number(tmp_path: Path, line: str, sentence: str) -> None:
    path = tmp_path / "schedule"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_schedules(path)
    assert sentence in str(caught.value)


def test_the_systems_zone_is_where_localtime_points(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    assert system_zone(tmp_path) == "Etc/UTC"
    (tmp_path / "etc/timezone").write_text("Asia/Tokyo\n", encoding="ascii")
    assert system_zone(tmp_path) == "Asia/Tokyo"
    (tmp_path / "etc/localtime").symlink_to("/usr/share/zoneinfo/Asia/Bangkok")
    assert system_zone(tmp_path) == "Asia/Bangkok"
