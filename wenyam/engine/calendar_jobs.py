"""The jobs there are: a short list built from the configuration."""

from pathlib import Path

from wenyam.model.calendar import Job, Schedule
from wenyam.model.instance import Configuration

_HOUR = 3600.0


def calendar_jobs(configuration: Configuration) -> tuple[Job, ...]:
    """Return every job of this configuration, sorted by name."""
    zone = configuration.instance.availability.time_zone
    head, report = head_file(configuration), report_directory(configuration) / "month-{date}.txt"
    jobs = (
        Job("head-export", Schedule("every day 00:10", zone, _HOUR), ("audit", "head", "--output", str(head))),
        Job("report-month", Schedule("monthly 1 06:00", zone, 12 * _HOUR), ("report", "month", "--output", str(report))),
        Job("retention", Schedule("every day 03:10", zone, 4 * _HOUR), ("jobs", "retain")),
    )
    return tuple(sorted(jobs, key=lambda job: job.name))


def head_file(configuration: Configuration) -> Path:
    """Return where the head of the fact chain is written each day; it proves nothing until a copy is kept elsewhere."""
    return Path(configuration.instance.state_directory) / "chain-head.json"


def report_directory(configuration: Configuration) -> Path:
    """Return where reports are written."""
    return Path(configuration.instance.state_directory) / "reports"
