"""What is on record of a backup job or a repository, as samples and the reasons beside them. Pure.

What is not known is left out, never 0: the newest copy of a job that was never copied has no age.
"""

from collections.abc import Iterable, Mapping, Sequence

from wenyam.backup.catalogue import History, Restore
from wenyam.backup.escrow_facts import EscrowState
from wenyam.backup.proofs import newest_told
from wenyam.backup.verifications import Verification
from wenyam.engine.pipeline import WHY
from wenyam.i18n.clean_text import clean
from wenyam.model.backup import BackupJob, RepositoryPlan, Verdict
from wenyam.model.calendar import Run
from wenyam.model.instants import MILLISECONDS, Instant, to_iso
from wenyam.model.names import STATUS_ABSENT, STATUS_DEGRADED, STATUS_FAILED, STATUS_OK, STATUS_UNKNOWN
from wenyam.model.samples import Family, Reading, single

LAST_SUCCESS, LAST_RUN, MISSED, SIZE, PROVEN, RESTORE_TEST = (
    "last-success", "last-run", "missed", "size", "proven", "restore-test",
)  # fmt: skip
COPY = "copy-"
"""In front of a repository's name: the check of the copies there."""
VERIFIED, VERIFICATION = "verified", "verification"
ENVELOPE, ENVELOPE_PROVEN = "envelope", "envelope-proven"
_SENTENCE = 300
ONLY_OLDER = "NOT TESTED: only an older backup that a person chose was restored"
_VERDICTS = {Verdict.PASS: STATUS_OK, Verdict.FAIL: STATUS_FAILED, Verdict.NOT_TESTED: STATUS_UNKNOWN}
_WORDS = {Verdict.PASS: "passed", Verdict.FAIL: "FAIL", Verdict.NOT_TESTED: "NOT TESTED"}


def job_reading(job: BackupJob, history: History, missed: Sequence[Run]) -> Reading:
    """Return what is known of a job; `missed` are the runs nobody started since its last success."""
    found = [
        single("backup_runs_missed", float(len(missed))),
        *_backups(history),
        *_copies(job, history),
        *_restores(job, history),
    ]
    return Reading(tuple(found), facts=_reasons(job, history, missed))


def repository_reading(plan: RepositoryPlan, done: Sequence[Verification]) -> Reading:
    """Return what the checks of one repository, oldest first, have shown."""
    of_this = [each for each in done if each.repository == plan.name]
    if not of_this:
        return Reading()
    labels, fault, verified = (("repository", plan.name),), open_fault(of_this), last_read_back(of_this, plan.verify.parts)
    found = [single("repository_status", float(STATUS_FAILED if fault else STATUS_OK), labels)]
    if verified is not None:
        found.append(single("repository_last_verified_timestamp_seconds", _seconds(verified), labels))
    why = _told({VERIFIED: fault.problem, VERIFICATION: fault.problem} if fault else {})
    return Reading(tuple(found), facts=why)


def envelope_reading(state: EscrowState) -> Reading:
    """Return what is known of the sealed envelope; what was never made has no time, and is absent."""
    status = STATUS_ABSENT if state.made is None else STATUS_FAILED if state.changes else STATUS_OK
    found = [single("envelope_status", float(status))]
    if state.made is not None:
        found.append(single("envelope_made_timestamp_seconds", _seconds(state.made)))
    if state.proven is not None:
        found.append(single("envelope_last_proven_timestamp_seconds", _seconds(state.proven)))
    never = "none was ever made: if this machine is lost, nobody can open its backups"
    why = never if state.made is None else "; ".join(state.changes)
    return Reading(tuple(found), facts=_told({ENVELOPE: why}))


def open_fault(done: Sequence[Verification]) -> Verification | None:
    """Return the newest fault that no later check has seen whole again: the same part, or all the data at once."""
    for place in reversed(range(len(done))):
        fault = done[place]
        if fault.verdict is not Verdict.PASS and not any(_covers(later, fault) for later in done[place + 1 :]):
            return fault
    return None


def last_read_back(done: Iterable[Verification], parts: int) -> Instant | None:
    """Return when the share of the data that is due each time, one of so many parts, was last read back and found whole."""
    return max((each.at for each in done if each.has_read(parts)), default=None)


def _covers(later: Verification, fault: Verification) -> bool:
    if later.verdict is not Verdict.PASS:
        return False
    return later.parts == 1 or not fault.part or (later.part, later.parts) == (fault.part, fault.parts)


def _backups(history: History) -> Iterable[Family]:
    success = history.last_success
    if success is not None:
        yield single("backup_last_success_timestamp_seconds", _seconds(success.taken))
        yield single("backup_size_bytes", float(success.bytes))
    if history.backups or history.failures:
        yield single("backup_run_status", float(STATUS_FAILED if _run_problem(history) else STATUS_OK))
    if history.backups or history.line_anomaly is not None:
        yield single("backup_size_status", float(STATUS_DEGRADED if _unexplained(history) else STATUS_OK))


def _unexplained(history: History) -> str:
    """Return what waits for a person's reason: a text that was not stored, or a stored backup."""
    waiting = history.line_anomaly or history.anomaly
    return "" if waiting is None else waiting.problem


def _run_problem(history: History) -> str:
    """Return what is wrong with the newest run; a size that waits for a reason is a matter of its own."""
    newest = history.backups[-1] if history.backups else None
    is_about_size = newest is not None and newest.is_anomaly and history.last_problem == newest.problem
    return "" if is_about_size else history.last_problem


def _copies(job: BackupJob, history: History) -> Iterable[Family]:
    found = [(name, backup) for name in job.copies if (backup := history.newest_copy(name)) is not None]
    if found:
        labels = tuple((("repository", name),) for name, _ in found)
        yield Family("backup_copy_last_success_timestamp_seconds", labels, tuple(_seconds(each.taken) for _, each in found))


def _restores(job: BackupJob, history: History) -> Iterable[Family]:
    proven = history.last_proven
    if proven is not None:
        yield single("restore_last_proven_timestamp_seconds", _seconds(proven.at))
        yield single("restore_duration_seconds", proven.seconds)
    if history.restores:
        told = newest_told(history, job.places)
        yield single("restore_test_status", float(STATUS_UNKNOWN if told is None else _status(told)))


def _status(test: Restore) -> int:
    return STATUS_FAILED if test.is_bad else _VERDICTS[test.verdict]


def _reasons(job: BackupJob, history: History, missed: Sequence[Run]) -> Mapping[str, str]:
    told = newest_told(history, job.places)
    test = _test_words(told) if told is not None else ONLY_OLDER if history.restores else ""
    why = {
        LAST_SUCCESS: history.last_problem,
        LAST_RUN: _run_problem(history),
        MISSED: f"the last was due {to_iso(missed[-1].due)}" if missed else "",
        SIZE: _unexplained(history),
        PROVEN: test and f"last restore test: {test}",
        RESTORE_TEST: test.removeprefix("FAIL: "),
    }
    return _told(why | {COPY + name: failure for name, (_, failure) in history.copy_failures.items() if name in job.copies})


def _test_words(restore: Restore) -> str:
    """Return what a restore test came to, in words; empty when it passed and nobody refused it."""
    if restore.refused_by:
        return f"refused by {', '.join(restore.refused_by)}"
    return "" if restore.verdict is Verdict.PASS else f"{_WORDS[restore.verdict]}: {restore.problem or 'no reason given'}"


def _told(why: Mapping[str, str]) -> Mapping[str, str]:
    return {WHY + check: clean(sentence, _SENTENCE) for check, sentence in why.items() if sentence}


def _seconds(instant: Instant) -> float:
    return instant / MILLISECONDS
