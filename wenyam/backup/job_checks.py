"""The questions put to every backup job and repository, with their limits and the first step for whoever is woken. Pure."""

from wenyam.backup import samples
from wenyam.checks.age import AgeParameters
from wenyam.checks.status import Absent, StatusParameters
from wenyam.checks.threshold import ThresholdParameters
from wenyam.i18n.translate import mark, translator
from wenyam.model.backup import BackupJob, BackupPlan, RepositoryPlan
from wenyam.model.calendar import Schedule
from wenyam.model.inventory import AT_ONCE, CheckPlan, Text
from wenyam.settings.schedule_gaps import longest_gap

WARNED_SHARE = 0.8
"""Share of the limit from which a proof that nobody scheduled is asked for."""
VERIFY_SECONDS = 6 * 3600.0
"""How long reading back may take before it is overdue."""

_RUN = mark("Look why, then make a backup now: {command}")
_SIZE = mark("Find out why the size changed; if that is right, say so: {command}")
_PROVE = mark("Prove a backup by restoring it: {command}")
_COPY = mark("Look whether the other place answers, then run again, which copies what is missing: {command}")
_SEAL = mark("Without it the backups are lost with this machine; write one and seal it: {command}")
_OPEN = mark("Restore on an empty host from the envelope alone: {command}")
_VERIFY = mark("Read all data back; what is damaged is no backup any more: {command}")


def job_checks(job: BackupJob) -> tuple[CheckPlan, ...]:
    """Return the checks of a backup job. No proof is never OK: what was never proven is CRIT, as is what is too old."""
    return (
        _age(
            samples.LAST_SUCCESS, "backup_last_success_timestamp_seconds", job.maximum_age,
            never=f"{job.name} was never backed up", runbook=_run(job),
        ),
        _status(samples.LAST_RUN, "backup_run_status", _run(job)),
        CheckPlan(
            samples.MISSED, "threshold", ThresholdParameters(sample="backup_runs_missed", crit=1), AT_ONCE, runbook=_run(job)
        ),
        _status(samples.SIZE, "backup_size_status", _text(_SIZE, f"wenyam backup accept-size {job.name} --reason …")),
        _proven(job),
        _status(samples.RESTORE_TEST, "restore_test_status", _prove(job)),
        *(_copy(job, name) for name in job.copies),
    )  # fmt: skip


def repository_checks(plan: RepositoryPlan) -> tuple[CheckPlan, ...]:
    """Return the checks of a repository: its data is read back in time, and no fault that was found is still open."""
    runbook = _text(_VERIFY, f"wenyam backup verify {plan.name} --parts 1")
    limit = read_back_limit(plan)
    sample, never = "repository_last_verified_timestamp_seconds", f"the data in '{plan.name}' was never read back"
    return (
        _age(samples.VERIFIED, sample, limit, never=never, runbook=runbook, repository=plan.name),
        _status(samples.VERIFICATION, "repository_status", runbook),
    )


def read_back_limit(plan: RepositoryPlan) -> float:
    """Return the seconds after which a share of a repository's data should have been read back again."""
    return _gap(plan.verify.schedule) + plan.verify.schedule.window + VERIFY_SECONDS


def envelope_checks(plan: BackupPlan) -> tuple[CheckPlan, ...]:
    """Return the checks of the sealed envelope: it holds what is in use now, and a restore from it alone worked lately."""
    limit, never = plan.envelope_maximum_age, "no restore from this envelope alone was ever proven"
    sealed = StatusParameters(samples=("envelope_status",), absent=Absent.CRIT)
    return (
        CheckPlan(samples.ENVELOPE, "status", sealed, AT_ONCE, runbook=_text(_SEAL, "wenyam backup escrow --output FILE")),
        _age(
            samples.ENVELOPE_PROVEN, "envelope_last_proven_timestamp_seconds", limit, warn=limit * WARNED_SHARE, never=never,
            runbook=_text(_OPEN, "wenyam backup escrow --prove FILE --identity KEY --to DIR"),
        ),
    )  # fmt: skip


def _proven(job: BackupJob) -> CheckPlan:
    """Return the check that a restore was proven lately; where nothing is scheduled, it asks before it is too late."""
    limit, never = job.restore.maximum_age, f"no restore of {job.name} was ever proven"
    warn = limit * WARNED_SHARE if job.restore.schedule is None else None
    return _age(samples.PROVEN, "restore_last_proven_timestamp_seconds", limit, warn=warn, never=never, runbook=_prove(job))


def _copy(job: BackupJob, name: str) -> CheckPlan:
    """Return the check of the copies in one place: behind after the job's own limit, too old one run later."""
    never = f"no backup of {job.name} was ever copied to '{name}'"
    limit = job.maximum_age + _gap(job.schedule)
    return _age(
        samples.COPY + name, "backup_copy_last_success_timestamp_seconds", limit,
        warn=job.maximum_age, never=never, runbook=_text(_COPY, f"wenyam backup run {job.name} --again"), repository=name,
    )  # fmt: skip


def _age(
    name: str, sample: str, crit: float, *, warn: float | None = None, never: str, runbook: Text, repository: str = ""
) -> CheckPlan:
    labels = {"repository": repository} if repository else {}
    parameters = AgeParameters(sample=sample, labels=labels, warn=warn, crit=crit, never=never)
    return CheckPlan(name, "age", parameters, AT_ONCE, runbook=runbook)


def _status(name: str, sample: str, runbook: Text) -> CheckPlan:
    """Return a check that begins to exist with the first run it can judge."""
    return CheckPlan(name, "status", StatusParameters(samples=(sample,)), AT_ONCE, runbook=runbook, optional=True)


def _run(job: BackupJob) -> Text:
    return _text(_RUN, f"wenyam backup run {job.name}")


def _prove(job: BackupJob) -> Text:
    return _text(_PROVE, f"wenyam restore test {job.name}")


def _text(sentence: str, command: str) -> Text:
    return Text(translator("th")(sentence).format(command=command), sentence.format(command=command))


def _gap(schedule: Schedule) -> float:
    return longest_gap(schedule.text, schedule.time_zone)
