"""Everything on record about backups at one moment: histories of jobs, checks of repositories, runs nobody started."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wenyam.backup import catalogue, facts, samples
from wenyam.backup.catalogue import History, Verification
from wenyam.engine import calendar
from wenyam.engine.calendar import Term
from wenyam.engine.calendar_jobs import backup_name, verify_name
from wenyam.engine.calendar_runs import recorded_terms
from wenyam.model.backup import BackupJob, BackupPlan
from wenyam.model.calendar import Run
from wenyam.model.facts import ChainedFact
from wenyam.model.instants import Instant, Period, after
from wenyam.model.samples import Reading
from wenyam.model.states import Subject, SubjectKind
from wenyam.store.interface import Reader

LOOK_BACK_SECONDS = 400 * 86_400.0
"""How far back facts are read, as far as every other reader of the catalogue does."""
MISSED_BACK_SECONDS = 35 * 86_400.0
"""How far back missed runs are counted for a job that never succeeded."""
OVERLAP_SECONDS = 3600.0
"""A fact is written this long after its own time at the latest; so far back every look reads again."""
FORGET_SECONDS = 6 * 3600.0
"""After so long everything is read anew."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is on record at a moment."""

    histories: Mapping[str, History]
    verifications: Sequence[Verification]
    missed: Mapping[str, Sequence[Run]]
    """Runs of each job that nobody started since its last success."""


@dataclass(slots=True)
class Memory:
    """Keeps what was read, so that a look costs what is new."""

    _facts: dict[int, ChainedFact] = field(default_factory=dict)
    _since: Instant | None = None
    """When everything was last read."""
    _until: Instant = Instant(0)
    _histories: Mapping[str, History] = field(default_factory=dict)
    _verifications: Sequence[Verification] = ()

    def look(self, reader: Reader, plan: BackupPlan, now: Instant) -> Record:
        """Return what is on record now."""
        if self._take(reader, now):
            chained = [self._facts[number] for number in sorted(self._facts)]
            self._histories, self._verifications = catalogue.histories(chained), catalogue.verifications(chained)
        terms = recorded_terms(reader)
        missed = {name: missed_runs(reader, terms, self._of(name), now) for name in plan.jobs}
        return Record(self._histories, self._verifications, missed)

    def _of(self, job: str) -> History:
        return self._histories.get(job) or History(job)

    def _take(self, reader: Reader, now: Instant) -> bool:
        """Read what is new, all of it now and then; tell whether anything was."""
        if self._since is None or not self._since <= now < after(self._since, FORGET_SECONDS):
            self._facts, self._since, self._until = {}, now, after(now, -LOOK_BACK_SECONDS)
        start = min(self._until, after(now, -OVERLAP_SECONDS)) if self._facts else self._until
        # What was written by a clock that ran ahead counts too: a backup is not undone by setting the clock right.
        found = {each.sequence: each for kind in facts.KINDS for each in reader.facts(Period(start, calendar.FOR_EVER), kind)}
        known, self._until = len(self._facts), after(now, -OVERLAP_SECONDS)
        self._facts |= found
        return len(self._facts) != known


def missed_runs(reader: Reader, terms: Sequence[Term], history: History, now: Instant) -> list[Run]:
    """Return the runs of a job that nobody started since its last success, by due time."""
    name, success = backup_name(history.job), history.last_success
    start = after(now, -MISSED_BACK_SECONDS)
    period = Period(min(now, start if success is None else max(success.at, start)), Instant(now + 1))
    of_this = [term for term in terms if term.job == name]
    return calendar.missed_runs(of_this, reader.runs(name, period), period, now) if of_this else []


def readings(plan: BackupPlan, record: Record) -> dict[Subject, Reading]:
    """Return what is known of every job and repository."""
    found = {
        subject_of(job): samples.job_reading(job, record.histories.get(name) or History(name), record.missed[name])
        for name, job in plan.jobs.items()
    }
    for name in used_repositories(plan):
        subject = subject_of_repository(name)
        found[subject] = _together(found.get(subject, Reading()), samples.repository_reading(name, record.verifications))
    return found


def used_repositories(plan: BackupPlan) -> list[str]:
    """Return the repositories that any job is kept in."""
    used = {name for job in plan.jobs.values() for name in (job.repository, *job.copies)}
    return [name for name in plan.repositories if name in used]


def subject_of(job: BackupJob) -> Subject:
    """Return the subject of a backup job."""
    return Subject(SubjectKind.JOB, job.name)


def subject_of_repository(name: str) -> Subject:
    """Return the subject of a repository: the calendar's job that reads it back."""
    return Subject(SubjectKind.JOB, verify_name(name))


def _together(first: Reading, second: Reading) -> Reading:
    return Reading(first.families + second.families, facts={**first.facts, **second.facts})
