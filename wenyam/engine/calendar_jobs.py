"""The jobs there are: a short list built from the configuration."""

from wenyam.model.calendar import Job, Schedule
from wenyam.model.instance import Configuration

_HOUR = 3600.0


def calendar_jobs(configuration: Configuration) -> tuple[Job, ...]:
    """Return every job of this configuration, sorted by name."""
    zone = configuration.instance.availability.time_zone
    jobs = (
        Job("head-export", Schedule("every day 00:10", zone, _HOUR), ("audit", "head", "--write")),
        Job("report-month", Schedule("monthly 1 06:00", zone, 12 * _HOUR), ("report", "month", "--previous", "--write")),
        Job("retention", Schedule("every day 03:10", zone, 4 * _HOUR), ("db", "retain")),
    )
    return tuple(sorted(jobs, key=lambda job: job.name))
