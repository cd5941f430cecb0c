"""What is said to the watcher to have a backup or a restore test run now."""

from typing import Any

from wenyam.engine.calendar_jobs import backup_name, restore_test_name


def run_now(job: str, *, restore: bool) -> dict[str, Any]:
    """Return the request for a backup job's run, or for its restore test."""
    return {"action": "job-run", "job": restore_test_name(job) if restore else backup_name(job)}
