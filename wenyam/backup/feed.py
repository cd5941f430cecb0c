"""Backups as the watcher sees them: every job and repository is a subject whose reading is what the facts say of it."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from wenyam.backup.escrow_record import EscrowMemory
from wenyam.backup.job_checks import envelope_checks, job_checks, repository_checks
from wenyam.backup.record import (
    Memory,
    readings,
    subject_of,
    subject_of_envelope,
    subject_of_repository,
    used_repositories,
    with_envelope,
)
from wenyam.engine.watched import Watched, watched_feed
from wenyam.model.backup import BackupPlan
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.model.inventory import CheckPlan, ReadPlan
from wenyam.model.samples import Reading
from wenyam.model.states import Subject
from wenyam.store.sqlite import open_reader

PLAN = ReadPlan("record", "backups", interval=15.0, timeout=30.0, options=None)
_ENDING_SECONDS = 30.0


class BackupFeed:
    """Reads the facts beside the loop; nothing is asked of any repository."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._directory = Path()
        self._configuration: Configuration | None = None
        self._memory = Memory()
        self._envelope = EscrowMemory()

    @property
    def plan(self) -> ReadPlan:
        """How often the facts are looked at."""
        return PLAN

    def configure(self, configuration: Configuration) -> Sequence[Watched]:
        """Take the jobs and repositories of a configuration."""
        self._directory, self._configuration = Path(configuration.instance.state_directory), configuration
        return [watched_feed(subject, PLAN, checks) for subject, checks in checks_of(configuration.backup).items()]

    async def collect(self, now: Instant) -> Mapping[Subject, Reading]:
        """Return what is on record of each; StoreError when the store cannot be read."""
        work = asyncio.create_task(asyncio.to_thread(self._read, self._configuration, now))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            # While its thread reads, nobody who closes the database could take the log away.
            await asyncio.wait({work}, timeout=_ENDING_SECONDS)
            raise

    def _read(self, configuration: Configuration | None, now: Instant) -> Mapping[Subject, Reading]:
        if configuration is None:
            return {}
        reader, plan = open_reader(self._directory), configuration.backup
        try:
            found = readings(plan, self._memory.look(reader, plan, now))
            return with_envelope(found, self._envelope.look(reader, configuration, now)) if used_repositories(plan) else found
        finally:
            reader.close()


def checks_of(plan: BackupPlan) -> dict[Subject, tuple[CheckPlan, ...]]:
    """Return every subject with its checks; a repository no job is kept in is asked nothing."""
    found = {subject_of(job): job_checks(job) for job in plan.jobs.values()}
    for name in used_repositories(plan):
        subject = subject_of_repository(name)
        found[subject] = (*found.get(subject, ()), *repository_checks(plan.repositories[name]))
    if used_repositories(plan):
        subject = subject_of_envelope()
        found[subject] = (*found.get(subject, ()), *envelope_checks(plan))
    return found
