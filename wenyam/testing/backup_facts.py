"""Facts of backups and restore tests for tests of what is made from them: written as the rooms that make them do."""

from wenyam.backup import facts
from wenyam.backup.contract import Stored
from wenyam.model.backup import BackupJob, Manifest, Verdict
from wenyam.model.calendar import Schedule
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant

JOB = BackupJob("erp-db", "postgresql", None, "somchai", Schedule("every day 01:30"), "main", copies=("dr",))


def stored(run: str, at: Instant, *, job: BackupJob = JOB, size: int = 4096, problem: str = "", anomaly: bool = False) -> Fact:
    """Build the fact of a backup whose data is of the moment it was recorded."""
    manifest = Manifest(job.source, at, {"rows": {"public.customer": "10"}})
    kept = Stored(f"snapshot-{run}", 3, size, size // 2, 1.0)
    return facts.stored(job, run, kept, manifest, f"digest-{run}", at=at, took=12.5, problem=problem, anomaly=anomaly)


def proof(
    run: str,
    at: Instant,
    verdict: Verdict = Verdict.PASS,
    problem: str = "",
    *,
    job: BackupJob = JOB,
    repository: str = "main",
    picked_older: bool = False,
) -> Fact:
    """Build the fact of a restore test of a run's snapshot."""
    return facts.tested(
        job.name, run, at, "anan", repository=repository, snapshot=f"snapshot-{run}", verdict=verdict, seconds=42.5,
        data_age=3600.0, problem=problem, evidence=f"evidence-{run}", picked_older=picked_older,
    )  # fmt: skip


def confirmed(test: int, at: Instant, person: str, *, job: BackupJob = JOB, complete: bool = True) -> Fact:
    """Build the fact that a person called the data of a restore test complete or not."""
    return facts.confirmed(
        job.name, test, at, "anan", person=person, complete=complete, method="signature", reason="", result="evidence"
    )
