"""Everything on record about backups at one moment: histories of jobs, checks of repositories, runs nobody started."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wenyam.backup import catalogue, facts, samples, verifications
from wenyam.backup.catalogue import History
from wenyam.backup.escrow_facts import EscrowState
from wenyam.backup.verifications import Verification
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
ENVELOPE = "envelope"
FORGET_SECONDS = 86_400.0
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

    _facts: list[ChainedFact] = field(default_factory=list)
    _since: Instant | None = None
    """When everything was last read."""
    _head: int = 0
    """The last fact that was looked at."""
    _histories: Mapping[str, History] = field(default_factory=dict)
    _verifications: Sequence[Verification] = ()

    def look(self, reader: Reader, plan: BackupPlan, now: Instant) -> Record:
        """Return what is on record now."""
        self._take(reader, now)
        terms = recorded_terms(reader)
        missed = {name: missed_runs(reader, terms, self._of(name), now) for name in plan.jobs}
        return Record(self._histories, self._verifications, missed)

    def _of(self, job: str) -> History:
        return self._histories.get(job) or History(job)

    def _take(self, reader: Reader, now: Instant) -> None:
        """Read what is new, all of it once a day."""
        head = reader.head().sequence
        anew = self._since is None or head < self._head or not self._since <= now < after(self._since, FORGET_SECONDS)
        found = _all_facts(reader, now) if anew else reader.facts_after(self._head, facts.KINDS)
        # What is written between the two questions is left to the next look, so that nothing is taken twice.
        found = [each for each in found if each.sequence <= head]
        if anew:
            self._since, self._facts, self._histories, self._verifications = now, [], {}, ()
        self._head = head
        if found:
            self._facts += found
            self._fold(found)

    def _fold(self, found: Sequence[ChainedFact]) -> None:
        """Tell again the histories that are touched; the others stay as they are."""
        touched = {each.fact.body.get("job") for each in found}
        told = catalogue.histories(each for each in self._facts if each.fact.body.get("job") in touched)
        self._histories = {**self._histories, **told}
        self._verifications = verifications.verifications(self._facts)


def _all_facts(reader: Reader, now: Instant) -> list[ChainedFact]:
    # What was written by a clock that ran ahead counts too: a backup is not undone by setting the clock right.
    period = Period(after(now, -LOOK_BACK_SECONDS), calendar.FOR_EVER)
    found = (each for kind in facts.KINDS for each in reader.facts(period, kind))
    return sorted(found, key=lambda each: each.sequence)


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
        found[subject] = _together(
            found.get(subject, Reading()), samples.repository_reading(plan.repositories[name], record.verifications)
        )
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


def subject_of_envelope() -> Subject:
    """Return the subject of the sealed envelope."""
    return Subject(SubjectKind.JOB, ENVELOPE)


def with_envelope(found: dict[Subject, Reading], state: EscrowState) -> dict[Subject, Reading]:
    """Return readings with that of the sealed envelope, which may share its name with a job."""
    subject = subject_of_envelope()
    return {**found, subject: _together(found.get(subject, Reading()), samples.envelope_reading(state))}


def _together(first: Reading, second: Reading) -> Reading:
    return Reading(first.families + second.families, facts={**first.facts, **second.facts})
