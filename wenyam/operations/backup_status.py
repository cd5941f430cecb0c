"""What is known of every backup job, for people: the catalogue beside the plan, and what no job covers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wenyam.backup import catalogue, facts, size
from wenyam.backup.catalogue import Backup, History, Restore
from wenyam.backup.depot import LOOK_BACK_SECONDS
from wenyam.backup.job_checks import read_back_limit
from wenyam.backup.proofs import newest_told
from wenyam.backup.samples import ONLY_OLDER, last_read_back, open_fault
from wenyam.backup.verifications import Verification, verifications
from wenyam.checks.age import FUTURE_TOLERANCE
from wenyam.engine import calendar
from wenyam.i18n.dates import format_with_zone
from wenyam.model.backup import BackupJob, RepositoryPlan
from wenyam.model.durations import write as write_duration
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, Period, after, seconds_between, to_iso
from wenyam.model.states import Subject
from wenyam.operations.coverage import not_covered
from wenyam.store.presence import is_made
from wenyam.store.sqlite import open_reader

VERSION = 1
SIZES_SHOWN = 14


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job: what is on record, what is wrong."""

    job: BackupJob
    success: Backup | None
    proven: Restore | None
    sizes: tuple[int, ...]
    """Bytes of the newest backups, oldest first."""
    next_due: Instant
    troubles: tuple[str, ...]
    """Everything that keeps it from being green, worst first."""
    history: History
    """Everything on record about it."""


@dataclass(frozen=True, slots=True)
class View:
    """Every job, and the systems without one."""

    at: Instant
    lines: tuple[JobLine, ...]
    uncovered: tuple[Subject, ...]
    unrecorded: str = ""
    """Why nothing is on record yet; empty as soon as there is a database."""

    @property
    def trouble(self) -> bool:
        """True when any job is not green."""
        return any(line.troubles for line in self.lines)


def present(configuration: Configuration, now: Instant) -> View:
    """Return what is known now."""
    (histories, faults), directory = _record(configuration, now), configuration.instance.state_directory
    lines = [_line(job, histories.get(name) or History(name), faults, now) for name, job in configuration.backup.jobs.items()]
    unrecorded = "" if _is_begun(configuration) else f"there is no database in {directory} yet; the first backup makes it"
    return View(now, tuple(lines), tuple(not_covered(configuration, now)), unrecorded)


def _is_begun(configuration: Configuration) -> bool:
    return is_made(Path(configuration.instance.state_directory))


def _record(configuration: Configuration, now: Instant) -> tuple[dict[str, History], dict[str, str]]:
    """Return what is known of each job, and of each repository what is open: a fault, or that nobody read its data back."""
    if not _is_begun(configuration):
        return {}, {}
    reader, period = (
        open_reader(Path(configuration.instance.state_directory)),
        Period(after(now, -LOOK_BACK_SECONDS), calendar.FOR_EVER),
    )
    try:
        checks = verifications(reader.facts(period, facts.VERIFIED))
        histories = catalogue.read(reader, period)
    finally:
        reader.close()
    found = {}
    for name, plan in configuration.backup.repositories.items():
        done = [each for each in checks if each.repository == name]
        fault, unread = open_fault(done), _unread(plan, histories.values(), done, now)
        if fault is not None or unread:
            found[name] = unread if fault is None else f"'{name}' failed its last check: {fault.problem}"
    return histories, found


def _unread(plan: RepositoryPlan, histories: Iterable[History], done: Sequence[Verification], now: Instant) -> str:
    """Say that the data in a repository was not read back in time; what is new there has the same time."""
    stored = [backup.at for history in histories for backup in history.backups if backup.snapshot_in(plan.name)]
    last, limit = last_read_back(done, plan.verify.parts), read_back_limit(plan)
    since = last or min(stored, default=now)
    age = seconds_between(since, now)
    if not stored or -FUTURE_TOLERANCE <= age <= limit:
        return ""
    if last is not None and age < 0:
        told = format_with_zone(last, plan.verify.schedule.time_zone)
        return f"the data in '{plan.name}' was read back {told}, which is to come: one of two clocks is wrong"
    when = "never" if last is None else f"last {write_duration(seconds_between(last, now))} ago"
    return f"the data in '{plan.name}' was {when} read back, limit {write_duration(limit)}"


def _line(job: BackupJob, history: History, faults: Mapping[str, str], now: Instant) -> JobLine:
    sizes = tuple(backup.bytes for backup in history.backups[-SIZES_SHOWN:])
    next_due = calendar.rule_of(job.schedule).next_after(now)
    found = [faults[place] for place in job.places if place in faults]
    found += troubles(job, history, now)
    return JobLine(job, history.last_success, history.last_proven, sizes, next_due, tuple(found), history)


def troubles(job: BackupJob, history: History, now: Instant) -> list[str]:
    """Return why a job is not green; the last line of defence is that a restore was proven."""
    found = [*_unproven(job, history, now), *_old(job, history, now)]
    if history.last_problem:
        found.append(f"last run: {history.last_problem}")
    if history.anomaly is not None and history.anomaly.problem not in history.last_problem:
        found.append(f"unexplained: {history.anomaly.problem}")
    for name in job.copies:
        copy = history.newest_copy(name)
        newest = history.last_success
        if newest is not None and (copy is None or copy.run != newest.run):
            failure = history.copy_failures.get(name)
            found.append(f"the newest backup is not in '{name}'" + (f": {failure[1]}" if failure else ""))
    return found


def _unproven(job: BackupJob, history: History, now: Instant) -> list[str]:
    proven = history.last_proven
    last = newest_told(history, job.places)
    if proven is None:
        only = f" (last: {ONLY_OLDER})" if history.restores else ""
        why = only if last is None else f" (last: {last.verdict.value}: {last.problem})"
        return [f"never proven by a restore{why}"]
    age = seconds_between(proven.at, now)
    found = []
    if age < -FUTURE_TOLERANCE:
        told = format_with_zone(proven.at, job.schedule.time_zone)
        found.append(f"last proven restore of {told}, which is to come: one of two clocks is wrong")
    elif age > job.restore.maximum_age:
        found.append(f"last proven restore {write_duration(age)} ago, limit {write_duration(job.restore.maximum_age)}")
    if last is not None and not last.is_good:
        found.append(f"last restore test: {last.verdict.value}: {last.problem or 'refused by ' + ', '.join(last.refused_by)}")
    return found


def _old(job: BackupJob, history: History, now: Instant) -> list[str]:
    success = history.last_success
    if success is None:
        return ["never backed up"]
    age = seconds_between(success.taken, now)
    if age < -FUTURE_TOLERANCE:
        told = format_with_zone(success.taken, job.schedule.time_zone)
        return [f"last success of {told}, which is to come: one of two clocks is wrong"]
    if age <= job.maximum_age:
        return []
    return [f"last success {write_duration(age)} ago, limit {write_duration(job.maximum_age)}"]


def backups_of(configuration: Configuration, name: str, now: Instant) -> list[Backup]:
    """Return the backups of one job, newest first."""
    history = _record(configuration, now)[0].get(name) or History(name)
    return [*reversed(history.backups)]


def data(view: View) -> dict[str, Any]:
    """Write the view as versioned data."""
    return {
        "version": VERSION,
        "at": to_iso(view.at),
        "recorded": not view.unrecorded,
        "jobs": [_line_data(line) for line in view.lines],
        "not_covered": [str(subject) for subject in view.uncovered],
    }


def _line_data(line: JobLine) -> dict[str, Any]:
    success, proven, job = line.success, line.proven, line.job
    return {
        "name": job.name,
        "source": job.source,
        "repository": job.repository,
        "copies": [*job.copies],
        "last_success": None if success is None else to_iso(success.taken),
        "bytes": None if success is None else success.bytes,
        "last_proven": None if proven is None else to_iso(proven.at),
        "recovery_seconds": None if proven is None else proven.seconds,
        "next_due": to_iso(line.next_due),
        "green": not line.troubles,
        "troubles": [*line.troubles],
    }


def backups_data(rows: Sequence[Backup]) -> Mapping[str, Any]:
    """Write backups as versioned data."""
    listed = [
        {
            "run": row.run, "taken": to_iso(row.taken), "repository": row.repository, "snapshot": row.snapshot,
            "copies": dict(row.copies), "files": row.files, "bytes": row.bytes, "added_bytes": row.added_bytes,
            "seconds": row.seconds, "manifest": row.manifest, "complete": row.complete, "problem": row.problem,
            "accepted": row.accepted,
        }
        for row in rows
    ]  # fmt: skip
    return {"version": VERSION, "backups": listed}


def size_words(line: JobLine) -> str:
    """Return the size of the last success for people."""
    return "" if line.success is None else size.write(line.success.bytes)
