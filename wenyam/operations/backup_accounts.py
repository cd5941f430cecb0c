"""What became of backups and their proofs in one period: every job that is configured or left facts in it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wenyam.backup import catalogue, facts
from wenyam.backup.catalogue import Backup, History, Restore
from wenyam.backup.record import LOOK_BACK_SECONDS
from wenyam.engine.calendar_jobs import backup_name
from wenyam.model.backup import BackupJob
from wenyam.model.calendar import RunOutcome
from wenyam.model.instants import Instant, Period, after, seconds_between
from wenyam.operations.reports import Inquiry, runs


@dataclass(frozen=True, slots=True)
class Explanation:
    """The reason a person gave for the size of a run."""

    actor: str
    at: Instant
    reason: str


@dataclass(frozen=True, slots=True)
class BackupAccount:
    """One job in one period. What people said of it later, reasons and confirmations, is in it."""

    name: str
    job: BackupJob | None
    """None: it is no longer configured."""
    outcomes: Mapping[RunOutcome, int]
    """What became of the runs the calendar owed."""
    backups: Sequence[Backup]
    """Those of the period, oldest first."""
    failures: int
    """Runs of the period without a backup."""
    before: Backup | None
    """The last success before the period."""
    restores: Sequence[Restore]
    """The tests of the period, oldest first."""
    proven: Restore | None
    """The last proven restore by the end of the period."""
    copies: Mapping[str, Backup | None]
    """The newest backup in each further place by the end of the period."""
    copy_failures: Mapping[str, tuple[Instant, str]]
    explanations: Mapping[str, Explanation]
    """By run."""

    @property
    def owed(self) -> int:
        """How many runs were due."""
        return sum(self.outcomes.values())

    @property
    def last_success(self) -> Backup | None:
        """The last success by the end of the period."""
        return next((backup for backup in reversed(self.backups) if backup.counts), self.before)

    @property
    def change(self) -> float | None:
        """By what share the size grew: from the last success before, or the first one, to the last success; None without two."""
        counted = [backup for backup in (self.before, *self.backups) if backup is not None and backup.counts]
        if len(counted) < 2 or not counted[0].bytes:  # noqa: PLR2004  # from one to another
            return None
        return counted[-1].bytes / counted[0].bytes - 1

    def standing(self, at: Instant) -> str:
        """Return what its proof was worth at a moment: proven, too_old, never, or not_configured."""
        if self.job is None:
            return "not_configured"
        if self.proven is None:
            return "never"
        return "proven" if seconds_between(self.proven.at, at) <= self.job.restore.maximum_age else "too_old"


def backup_accounts(inquiry: Inquiry) -> list[BackupAccount]:
    """Return the account of every job, by name."""
    now, past, jobs = inquiry.account.now, inquiry.past, inquiry.configuration.backup.jobs
    period = Period(after(past.start, -LOOK_BACK_SECONDS), max(past.end, Instant(now + 1)))
    histories = catalogue.read(inquiry.reader, period)
    explanations = _explanations(inquiry, period)
    held = Counter((run.job, run.outcome) for run in runs(inquiry))
    found = []
    for name in sorted({*jobs, *(name for name, history in histories.items() if _was_active(history, past))}):
        outcomes = {outcome: held[backup_name(name), outcome] for outcome in RunOutcome}
        found.append(_account(histories.get(name) or History(name), jobs.get(name), past, outcomes, explanations.get(name, {})))
    return found


def _account(
    history: History,
    job: BackupJob | None,
    past: Period,
    outcomes: Mapping[RunOutcome, int],
    explanations: Mapping[str, Explanation],
) -> BackupAccount:
    ended = [backup for backup in history.backups if backup.at < past.end]
    tests = [restore for restore in history.restores if restore.at < past.end]
    passed = (each for each in reversed(tests) if each.is_good and not each.picked_older)
    places = () if job is None else job.copies
    return BackupAccount(
        name=history.job,
        job=job,
        outcomes=outcomes,
        backups=[backup for backup in ended if backup.at >= past.start],
        failures=sum(past.contains(at) for at, _ in history.failures),
        before=next((backup for backup in reversed(ended) if backup.at < past.start and backup.counts), None),
        restores=[restore for restore in tests if restore.at >= past.start],
        proven=next(passed, None),
        copies={name: _newest(ended, name) for name in places},
        copy_failures={name: said for name, said in history.copy_failures.items() if name in places},
        explanations=explanations,
    )


def _newest(backups: Sequence[Backup], repository: str) -> Backup | None:
    found = (each for each in reversed(backups) if each.counts and each.snapshot_in(repository) is not None)
    return next(found, None)


def _was_active(history: History, past: Period) -> bool:
    moments = [
        *(each.at for each in history.backups),
        *(each.at for each in history.restores),
        *(at for at, _ in history.failures),
    ]
    return any(past.contains(at) for at in moments)


def _explanations(inquiry: Inquiry, period: Period) -> dict[str, dict[str, Explanation]]:
    found: dict[str, dict[str, Explanation]] = {}
    for chained in inquiry.reader.facts(period, facts.SIZE_ACCEPTED):
        fact = chained.fact
        told = Explanation(fact.actor, fact.at, str(fact.body["reason"]))
        found.setdefault(str(fact.body["job"]), {})[str(fact.body["run"])] = told
    return found
