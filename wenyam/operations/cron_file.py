"""The calendar for those who prefer cron or timers: `/etc/cron.d/wenyam` and timer units, written from schedules, checked later.

The schedules are those of a file, and those of the jobs that a configuration brings: backups, restore tests, reading back.

Debian's cron knows one time zone, the system's; so every line carries the schedule it was made from. Days that cron cannot say
(the last of a month; the first of a month that is still the last where the system's zone is) become every day, and the ledger
lets only the due run begin.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from wenyam.engine.calendar_jobs import calendar_jobs
from wenyam.errors import ConfigurationError
from wenyam.model.calendar import Schedule
from wenyam.model.instance import Configuration
from wenyam.settings import schedule
from wenyam.settings.schedule_days import EVERY_DAY, OnWeekdays

PROGRAM = "/opt/wenyam/bin/wenyam"
CONFIGURATION = "/etc/wenyam"
ACCOUNT = "wenyam-backup"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_FOLDER = re.compile(r"/[A-Za-z0-9._/-]*")
"""What a line of crontab takes as it stands: no space, and no % which cron takes for a new line."""
_WEEKDAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_ORIGIN = re.compile(r"# job (?P<name>[a-z0-9._-]+): (?P<text>.*) \((?P<zone>[A-Za-z0-9_+/-]+)\)")
_WHOSE = re.compile(r"# for the configuration in (?P<folder>\S+)")
_SYSTEM_ZONE = re.compile(r"# times are in the system's zone, (?P<zone>\S+)")

_MOVE = "Name it otherwise, or let 'wenyam jobs' run as a service."

Schedules = dict[str, Schedule]


def read_schedules(path: Path) -> Schedules:
    """Read `NAME | SCHEDULE | ZONE` lines; ConfigurationError with file and line for one that is not understood."""
    found: Schedules = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parts = [part.strip() for part in line.split("|")]
        if len(parts) != 3 or not _NAME.fullmatch(parts[0]):  # noqa: PLR2004  # name, schedule, zone
            raise ConfigurationError(f"{path}:{number}: expected 'NAME | SCHEDULE | ZONE', found '{line.strip()}'")
        try:
            schedule.parse(parts[1], parts[2])
        except ValueError as error:
            raise ConfigurationError(f"{path}:{number}: {error}") from error
        found[parts[0]] = Schedule(parts[1], parts[2])
    return found


def schedules_of(configuration: Configuration) -> Schedules:
    """Return when each job of a configuration is due."""
    return {job.name: job.schedule for job in calendar_jobs(configuration)}


def cron_file(jobs: Schedules, system_zone: str, folder: str = CONFIGURATION) -> str:
    """Write the whole file; a schedule that cron cannot keep becomes a comment that says why.

    ConfigurationError when the folder of the configuration has a name that cron would not take as it stands.
    """
    if not _FOLDER.fullmatch(folder):
        raise ConfigurationError(f"{folder}: cron takes no other characters in a path than A-Z a-z 0-9 . _ - /", hint=_MOVE)
    lines = [
        "# Written by scripts/install or 'wenyam jobs cron', and checked by 'wenyam doctor'.",
        "# Do not edit: change the schedules and write it again.",
        f"# for the configuration in {folder}",
        f"# times are in the system's zone, {system_zone}",
        "SHELL=/bin/sh",
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
        "MAILTO=root",
        "",
    ]
    for name, meant in sorted(jobs.items()):
        lines += [f"# job {name}: {meant.text} ({meant.time_zone})", *cron_lines(name, meant, system_zone, folder)]
    return "\n".join(lines) + "\n"


def cron_lines(name: str, meant: Schedule, system_zone: str, folder: str = CONFIGURATION) -> list[str]:
    """Write the lines of one job."""
    try:
        times = _times(meant, system_zone)
    except ValueError as error:
        return [f"# NOT SCHEDULED: {error}"]
    return [f"{time} {ACCOUNT} {PROGRAM} --config {folder} jobs run {name}" for time in times]


def _times(meant: Schedule, zone: str) -> tuple[str, ...]:
    rule = schedule.parse(meant.text, meant.time_zone)
    try:
        return rule.cron_lines(zone)
    except ValueError:
        return replace(rule, days=OnWeekdays(EVERY_DAY)).cron_lines(zone)


def timer_units(jobs: Schedules) -> dict[str, str]:
    """Write a timer unit for each job by file name; timers keep each schedule's own zone (systemd.time(7))."""
    return {f"wenyam-job@{name}.timer": _timer(name, meant) for name, meant in jobs.items()}


def _timer(name: str, meant: Schedule) -> str:
    fields = _times(meant, meant.time_zone)
    calendar = "\n".join(f"OnCalendar={_on_calendar(field, meant.time_zone)}" for field in fields)
    return (
        f"# Written by scripts/install or 'wenyam jobs timers': {meant.text} ({meant.time_zone})\n\n"
        f"[Unit]\nDescription=Starts the Wenyam job {name}: {meant.text}\n\n"
        f"[Timer]\n{calendar}\nAccuracySec=1s\n\n[Install]\nWantedBy=timers.target\n"
    )


def _on_calendar(cron: str, zone: str) -> str:
    minute, hour, day, month, weekday = cron.split()
    days = "" if weekday == "*" else ",".join(_WEEKDAYS[int(number)] for number in weekday.split(",")) + " "
    return f"{days}*-{month}-{day} {hour}:{minute}:00 {zone}"


def problems(text: str, system_zone: str) -> list[str]:
    """Compare an installed file with the schedules it says it was made from, in the zone the system has now."""
    lines = text.splitlines()
    zones = [found["zone"] for line in lines if (found := _SYSTEM_ZONE.fullmatch(line))]
    jobs = written_schedules(text)
    if zones != [system_zone]:
        return [f"it was written for the zone {' '.join(zones) or 'nobody knows'}, the system's is {system_zone}"]
    folders = [found["folder"] for line in lines if (found := _WHOSE.fullmatch(line))]
    expected = cron_file(jobs, system_zone, (folders or [CONFIGURATION])[0]).splitlines()
    wrong = [f"'{line}' does not follow from its schedule" for line in _without(lines, expected)]
    missing = [f"'{line}' is missing" for line in _without(expected, lines)]
    kept = [line.removeprefix("# ") for line in lines if line.startswith("# NOT SCHEDULED")]
    return wrong + missing + kept


def written_schedules(text: str) -> Schedules:
    """Return the schedules an installed file says it was made from."""
    found = (_ORIGIN.fullmatch(line) for line in text.splitlines())
    return {each["name"]: Schedule(each["text"], each["zone"]) for each in found if each is not None}


def departures(text: str, wanted: Schedules) -> list[str]:
    """Compare an installed file with the schedules that the configuration wants, job by job."""
    written = written_schedules(text)
    found = [f"job '{name}' has no line" for name in sorted(wanted.keys() - written.keys())]
    found += [f"there is no job '{name}'" for name in sorted(written.keys() - wanted.keys())]
    for name in sorted(wanted.keys() & written.keys()):
        says, wants = (f"{each.text} ({each.time_zone})" for each in (written[name], wanted[name]))
        if says != wants:
            found.append(f"job '{name}' is started {says}, the configuration says {wants}")
    return found


def _without(lines: Iterable[str], others: Iterable[str]) -> list[str]:
    known = set(others)
    return [line for line in lines if line.strip() and line not in known]


def system_zone(root: Path = Path("/")) -> str:
    """Return the zone cron uses, by where /etc/localtime points (localtime(5)), else /etc/timezone; UTC when nothing is set."""
    link = root / "etc/localtime"
    if link.is_symlink():
        _, found, zone = str(link.readlink()).partition("zoneinfo/")
        if found:
            return zone
    named = root / "etc/timezone"
    return (named.read_text(encoding="ascii").strip() if named.is_file() else "") or "Etc/UTC"
