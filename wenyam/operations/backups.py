"""Backups for people and for cron: run what is due once, say what would be done, check and prune repositories."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wenyam.backup import facts, prune, size, vanished, verifications
from wenyam.backup import run as backup_run
from wenyam.backup.catalogue import Backup
from wenyam.backup.contract import Progress, Repository, no_progress
from wenyam.backup.depot import Depot, opened_depot
from wenyam.backup.run import Result
from wenyam.backup.verifications import Verification
from wenyam.clock import Clock
from wenyam.engine import calendar
from wenyam.engine.calendar_jobs import backup_name, calendar_jobs
from wenyam.engine.calendar_runs import Ended, Runs
from wenyam.errors import AlreadyRunningError, RepositoryAbsentError, UsageError, WenyamError
from wenyam.model.backup import BackupJob
from wenyam.model.calendar import Job, RunOutcome
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.settings.unknown import unknown
from wenyam.store.sqlite import open_writer

VERSION = 1
VERIFY_SECONDS = 6 * 3600.0


@contextlib.asynccontextmanager
async def opened(configuration: Configuration, clock: Clock, progress: Progress = no_progress) -> AsyncIterator[Depot]:
    """Open the store and everything backups need; closed at the end."""
    instance = configuration.instance
    directory = Path(instance.state_directory)
    writer = open_writer(directory, clock, instance.name, rules=instance.retention, ballast_bytes=instance.ballast_bytes)
    try:
        async with opened_depot(configuration, clock, writer, progress) as depot:
            yield depot
    finally:
        writer.close()


async def run(depot: Depot, name: str, *, again: bool) -> Result:
    """Run one job. What is due is claimed first, so that cron, timers and the calendar make it once between them."""
    job = depot.job(name)
    scheduled = next((each for each in calendar_jobs(depot.configuration) if each.name == backup_name(name)), None)
    if again or scheduled is None:
        return await _alone(depot, job)
    return await _claimed(depot, job, scheduled)


async def _claimed(depot: Depot, job: BackupJob, scheduled: Job) -> Result:
    made: list[Result] = []

    async def start(_arguments: tuple[str, ...], _limit: float) -> Ended:
        made.append(await _alone(depot, job))
        return Ended(made[-1].exit_code, made[-1].sentence)

    runs = Runs(depot.state_directory, depot.writer, depot.clock, start)
    terms = runs.record_schedules(calendar_jobs(depot.configuration))
    term = calendar.present_term(terms, scheduled)
    due = calendar.latest_due(scheduled, depot.clock.now())
    if term is None or not term.period.contains(due.at):
        return await _alone(depot, job)
    attempt = await runs.attempt(scheduled, due)
    if made:
        return made[-1]
    if attempt.outcome is RunOutcome.MISSED:
        # Too late to count as that run, which stays missed on record; but a late backup is better than none.
        return await _alone(depot, job)
    made_since = ""
    if attempt.before in (RunOutcome.FAILED, RunOutcome.INCOMPLETE):
        if not _was_made_since(depot, job, due.at):
            return await _alone(depot, job)  # it stays so on record, and what was not complete is run again (R4.1)
        made_since = "a backup was made since "
    return Result(job.name, "", RunOutcome.DONE, f"nothing to do: {made_since}{attempt.sentence}; --again makes another", 0.0)


def _was_made_since(depot: Depot, job: BackupJob, moment: Instant) -> bool:
    success = depot.history(job.name).last_success
    return success is not None and success.taken >= moment


async def _alone(depot: Depot, job: BackupJob) -> Result:
    try:
        return await backup_run.run_job(depot, job)
    except AlreadyRunningError as error:
        return Result(job.name, "", RunOutcome.FAILED, f"this job is under way: {error.what}", 0.0)


async def run_all(depot: Depot, names: Sequence[str], *, again: bool) -> list[Result]:
    """Run jobs one after the other; a failed one stops no other."""
    return [await run(depot, name, again=again) for name in names]


def worst(results: Sequence[Result]) -> int:
    """Return the exit code over all: 1 when any failed, 3 when any is incomplete, else 0."""
    codes = {result.exit_code for result in results}
    return 1 if 1 in codes else max(codes, default=0)


async def make_repository(depot: Depot, name: str) -> str:
    """Make a repository that is not there yet; say what was done."""
    repository = depot.repository(name)
    try:
        await repository.prepare(create=False)
    except RepositoryAbsentError:
        await repository.create(await _first_of(depot, name))
        return f"{name}: made"
    return f"{name}: was there already, and its key opens it"


async def _first_of(depot: Depot, copy: str) -> Repository | None:
    """Return the repository whose backups are copied to this one, if it is there: they share their way of cutting files."""
    for job in depot.plan.jobs.values():
        if copy in job.copies and job.repository != copy:
            first = depot.repository(job.repository)
            try:
                await first.prepare(create=False)
            except WenyamError:
                return None  # a copy that shares no chunks costs space, nothing else
            return first
    return None


async def check_repository(
    depot: Depot, name: str, *, parts: int | None, structure_only: bool, gone: str = "", actor: str = facts.TOOL
) -> Verification:
    """Check that a repository holds what is on record, its structure, and the next part of its data; the verdict goes on record.

    A part that holds no data, as in a small repository, is no check of any: the part after it is read as well.
    `gone` is why backups that are on record are no longer there; a person says it, and it goes on record too.
    """
    turns = parts or (depot.plan.repositories[name].verify.parts if name in depot.plan.repositories else 1)
    while True:
        done = [each for each in _verifications(depot) if each.repository == name]
        part = None if structure_only else verifications.next_part(done, turns)
        found = await _check(depot, name, part, gone, actor)
        if found.read is None or not found.read.is_empty:
            return found


async def _check(depot: Depot, name: str, part: tuple[int, int] | None, gone: str, actor: str) -> Verification:
    begun, problem, read = depot.clock.monotonic(), "", None
    try:
        repository = await depot.reach(name)
        missing = await _vanished(depot, repository)
        read = await repository.verify(part, VERIFY_SECONDS)
        problem = _told(depot, name, missing, gone, actor)
    except UsageError:
        raise
    except WenyamError as error:
        problem = str(error)
    fact = facts.verified(name, depot.clock.now(), part, depot.clock.monotonic() - begun, problem, read=read)
    depot.writer.append(fact)
    return verifications.verification(fact)


async def _vanished(depot: Depot, repository: Repository) -> list[Backup]:
    """Return the backups on record that the repository does not hold; the record is read first, so that none is too new."""
    histories = depot.histories()
    there = {snapshot.id for snapshot in await repository.snapshots()}
    return vanished.vanished(histories, repository.name, there)


def _told(depot: Depot, name: str, missing: Sequence[Backup], gone: str, actor: str) -> str:
    """Return the sentence about what is missing, or put the reason on record that a person gave for it."""
    left = vanished.still(missing, depot.histories(), name) if missing else []
    if not gone.strip():
        return vanished.sentence(left, name)
    ids: dict[str, list[str]] = {}
    for backup in left:
        ids.setdefault(backup.job, []).append(backup.snapshot_in(name) or "")
    for job, snapshots in ids.items():
        depot.writer.append(facts.pruned(name, depot.clock.now(), job, snapshots, gone.strip(), actor=actor))
    return ""


def _verifications(depot: Depot) -> list[Verification]:
    return verifications.verifications(depot.writer.facts(depot.period(), facts.VERIFIED))


@dataclass(frozen=True, slots=True)
class Intention:
    """What a run of one job would do."""

    job: BackupJob
    due: Instant
    last: Backup | None
    free_bytes: int | None
    """In the first repository."""

    @property
    def sentence(self) -> str:
        """Say it in one line."""
        job = self.job
        places = ", then ".join(f"'{name}'" for name in (job.repository, *job.copies))
        size_words = "never run" if self.last is None else f"last {size.write(self.last.bytes)}"
        extra = "not known before the first run" if self.last is None else size.write(self.last.spooled_bytes)
        free = "" if self.free_bytes is None else f", {size.write(self.free_bytes)} free"
        return (
            f"{job.name}: {job.source} of {job.device or 'this machine'} to {places}{free}; {size_words}; "
            f"peak extra space in the spool {extra}"
        )


async def intentions(depot: Depot, names: Sequence[str]) -> list[Intention]:
    """Return what running these jobs would do; nothing is changed."""
    found = []
    now = depot.clock.now()
    for name in names:
        job = depot.job(name)
        due = calendar.rule_of(job.schedule).next_after(now)
        repository = depot.repository(job.repository)
        await repository.prepare(create=False)
        found.append(Intention(job, due, depot.history(name).last_success, await repository.free_bytes()))
    return found


async def prune_plans(depot: Depot, names: Sequence[str]) -> list[prune.Plan]:
    """Return what pruning would remove; nothing is changed."""
    return await prune.plans(depot, [depot.job(name) for name in names])


async def carry_out(depot: Depot, plans: Sequence[prune.Plan]) -> int:
    """Remove what the plans say; return how many snapshots went."""
    return sum([await prune.carry_out(depot, plan) for plan in plans])


def data(results: Sequence[Result]) -> dict[str, Any]:
    """Write results as versioned data."""
    rows = [
        {
            "job": each.job, "run": each.run, "outcome": each.outcome.value, "sentence": each.sentence,
            "seconds": round(each.seconds, 3), "parts": {name: round(took, 3) for name, took in each.parts},
            "snapshot": each.snapshot, "bytes": each.bytes,
        }
        for each in results
    ]  # fmt: skip
    return {"version": VERSION, "runs": rows}


def named(configuration: Configuration, names: Sequence[str], *, every: bool) -> list[str]:
    """Return the jobs meant; UsageError when none or an unknown one is named."""
    jobs = configuration.backup.jobs
    if every and names:
        raise UsageError("name jobs or say --all, not both")
    if not every and not names:
        raise UsageError(f"name a job or say --all; there are: {', '.join(jobs) or 'none'}")
    for name in names:
        if name not in jobs:
            raise unknown("backup job", name, jobs)
    return list(jobs) if every else list(names)
