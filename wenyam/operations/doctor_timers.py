"""Examination of the timers that start jobs: those that systemd has enabled against what the configuration says."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from wenyam.operations import cron_file
from wenyam.operations.cron_file import Schedules
from wenyam.operations.findings import Finding, Surroundings, bad, counted, good, untested, without_configuration

ABOUT: Final = "timers"
UNITS: Final = "etc/systemd/system"
ENABLED: Final = "timers.target.wants"
SERVICE: Final = "multi-user.target.wants/wenyam-jobs.service"
_TIMER: Final = re.compile(r"wenyam-job@(?P<job>.+)\.timer")
_OTHERS_MAY_WRITE: Final = 0o022
_ADVICE: Final = "Run: wenyam jobs timers --output /{units}; systemctl daemon-reload; then enable or disable what is named."


def timers(surroundings: Surroundings) -> Iterable[Finding]:
    """Examine whether every enabled timer still means its job's schedule, and whether a job is started by nothing."""
    units = surroundings.root / UNITS
    enabled = _enabled(units)
    if not enabled:
        return [good(ABOUT, f"no timer is enabled in {units}, so systemd starts no job by itself")]
    if surroundings.configuration is None:
        return without_configuration(ABOUT)
    wanted = cron_file.schedules_of(surroundings.configuration)
    wrong = [*_departures(units, enabled, wanted), *_started_by_nothing(surroundings.root, enabled, wanted)]
    changed = [f"wenyam-job@{job}.timer.d changes a timer" for job in enabled if (units / f"wenyam-job@{job}.timer.d").is_dir()]
    found = [bad(ABOUT, sentence, _ADVICE.format(units=UNITS)) for sentence in wrong]
    found += [untested(ABOUT, f"{sentence}; what it says is not read") for sentence in changed]
    return found or [good(ABOUT, f"{counted(len(enabled), 'enabled timer')} in {units} keep the schedules of the configuration")]


def _enabled(units: Path) -> dict[str, Path]:
    """Return the enabled timers by job: the name and where its link leads, which may be nothing."""
    places = sorted((units / ENABLED).glob("wenyam-job@*.timer"))
    return {found["job"]: place for place in places if (found := _TIMER.fullmatch(place.name)) is not None}


def _departures(units: Path, enabled: dict[str, Path], wanted: Schedules) -> Iterator[str]:
    expected = cron_file.timer_units(wanted)
    for job in enabled:
        unit = units / f"wenyam-job@{job}.timer"
        if job not in wanted:
            yield f"{unit.name} is enabled, but there is no job '{job}'"
        elif not unit.is_file():
            yield f"{unit.name} is enabled, but the file is gone"
        elif unit.stat().st_mode & _OTHERS_MAY_WRITE:
            yield f"{unit} may be written by others"
        elif _settings(unit.read_text(encoding="utf-8")) != _settings(expected[unit.name]):
            yield f"{unit.name} does not say what the configuration says: {wanted[job].text} ({wanted[job].time_zone})"


def _settings(text: str) -> list[str]:
    """Return the lines that systemd acts on."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith(("#", ";", "Description="))]


def _started_by_nothing(root: Path, enabled: dict[str, Path], wanted: Schedules) -> list[str]:
    """Name the jobs without a timer, unless the service or cron starts them."""
    cron = root / "etc/cron.d/wenyam"
    if (root / UNITS / SERVICE).is_symlink():
        return []
    by_cron = cron_file.written_schedules(cron.read_text(encoding="utf-8")) if cron.is_file() else {}
    missing = sorted(wanted.keys() - enabled.keys() - by_cron.keys())
    return [f"job '{job}' has no enabled timer, and neither wenyam-jobs.service nor cron starts it" for job in missing]
