"""The jobs there are: a short list built from the configuration."""

from collections.abc import Iterator
from pathlib import Path

from wenyam.model.backup import BackupPlan
from wenyam.model.calendar import Job, Schedule
from wenyam.model.instance import Configuration

_HOUR = 3600.0
PUSH = "dr-push"
"""Name of the job that pushes the settings to the other site."""


def calendar_jobs(configuration: Configuration) -> tuple[Job, ...]:
    """Return every job of this configuration, sorted by name."""
    zone = configuration.instance.availability.time_zone
    head, report = head_file(configuration), report_directory(configuration) / "month-{date}.txt"
    jobs: tuple[Job, ...] = (
        Job("head-export", Schedule("every day 00:10", zone, _HOUR), ("audit", "head", "--output", str(head))),
        Job("report-month", Schedule("monthly 1 06:00", zone, 12 * _HOUR), ("report", "month", "--output", str(report))),
        Job("retention", Schedule("every day 03:10", zone, 4 * _HOUR), ("jobs", "retain")),
    )
    if configuration.recovery.sister is not None:
        jobs = (*jobs, Job(PUSH, Schedule("every day 00:20", zone, 12 * _HOUR), ("dr", "push")))
    return tuple(sorted((*jobs, *_backup_jobs(configuration.backup)), key=lambda job: job.name))


def _backup_jobs(plan: BackupPlan) -> Iterator[Job]:
    """Yield what backups, restore tests and reading back are in the calendar."""
    for name, job in plan.jobs.items():
        yield Job(backup_name(name), job.schedule, ("backup", "run", name, "--claimed"))
        if job.restore.schedule is not None:
            yield Job(restore_test_name(name), job.restore.schedule, ("restore", "test", name))
    for name, repository in plan.repositories.items():
        parts = str(repository.verify.parts)
        yield Job(verify_name(name), repository.verify.schedule, ("backup", "verify", name, "--parts", parts))


def backup_name(job: str) -> str:
    """Return the name under which the calendar knows a backup job."""
    return f"backup-{job}"


def restore_test_name(job: str) -> str:
    """Return the name under which the calendar knows the restore test of a backup job."""
    return f"restore-test-{job}"


def verify_name(repository: str) -> str:
    """Return the name under which the calendar knows the reading back of a repository."""
    return f"verify-{repository}"


def head_file(configuration: Configuration) -> Path:
    """Return where the head of the fact chain is written each day; it proves nothing until a copy is kept elsewhere."""
    return Path(configuration.instance.state_directory) / "chain-head.json"


def report_directory(configuration: Configuration) -> Path:
    """Return where reports are written."""
    return Path(configuration.instance.state_directory) / "reports"
