"""What every backup, check and restore works with: the plan, the repositories, the store, made once for one command."""

import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from wenyam import plugins
from wenyam.backup import catalogue, escrow_facts, escrow_record, facts, places
from wenyam.backup.catalogue import History
from wenyam.backup.contract import Progress, Repository, Source, Workplace, no_progress
from wenyam.backup.repositories.restic import open_repository
from wenyam.clock import Clock
from wenyam.engine.calendar import FOR_EVER
from wenyam.links.pools import Links
from wenyam.links.tools import Tools
from wenyam.model.backup import BackupJob, BackupPlan
from wenyam.model.instance import Configuration
from wenyam.model.instants import Period, after, to_datetime
from wenyam.model.inventory import Credential
from wenyam.settings.secrets import SecretReader
from wenyam.settings.unknown import unknown
from wenyam.store.interface import Writer

LOOK_BACK_SECONDS = 400 * 86_400.0
"""How far back the catalogue is read; older backups are still in the repositories and in the facts."""
CACHE = ".cache"


@dataclass(slots=True)
class Depot:
    """Opens what the configuration names; close it when done."""

    configuration: Configuration
    clock: Clock
    writer: Writer
    links: Links
    tools: Callable[[str], str]
    progress: Progress = no_progress
    _open: dict[str, Repository] = field(default_factory=dict)

    @property
    def plan(self) -> BackupPlan:
        """Return what the configuration says about backups."""
        return self.configuration.backup

    @property
    def state_directory(self) -> Path:
        """Return where locks, evidence and masked copies lie."""
        return Path(self.configuration.instance.state_directory)

    def job(self, name: str) -> BackupJob:
        """Return one job; UsageError with the nearest name when there is none."""
        found = self.plan.jobs.get(name)
        if found is None:
            raise unknown("backup job", name, self.plan.jobs)
        return found

    def repository(self, name: str) -> Repository:
        """Return one repository, opened once."""
        if name not in self._open:
            plan = self.plan.repositories.get(name)
            if plan is None:
                raise unknown("repository", name, self.plan.repositories)
            self._open[name] = open_repository(
                plan,
                clock=self.clock,
                links=self.links,
                tools=self.tools,
                host=self.configuration.instance.name,
                cache=places.private_root(Path(self.plan.spool)) / CACHE,
                credential=self.credential(plan.credential),
                unlocked=partial(self._record_unlocked, name),
            )
        return self._open[name]

    async def reach(self, name: str) -> Repository:
        """Return a repository that is there and can be written."""
        repository = self.repository(name)
        await repository.prepare(create=False)
        self._compare_with_envelope(name)
        return repository

    def _record_unlocked(self, name: str, locks: Sequence[str]) -> None:
        self.writer.apply([], facts=[facts.unlocked(name, self.clock.now(), lock) for lock in locks])

    def _compare_with_envelope(self, name: str) -> None:
        """Put on record when the key that opens a repository is not the one in the envelope: the watcher may read no key."""
        sealed = escrow_record.facts_of(self.writer)
        key = self.links.secrets.read(self.plan.repositories[name].key) if sealed else ""
        seen = escrow_facts.key_seen(sealed, self.clock.now(), name, key) if sealed else None
        if seen is not None:
            self.writer.append(seen)

    def source(self, job: BackupJob) -> Source:
        """Return the job's source."""
        kind: Any = plugins.load(plugins.SOURCES, job.source)
        source: Source = kind(job.options)
        return source

    def workplace(self, job: BackupJob, deadline: float, *, spool: Path | None = None, scratch: Path | None = None) -> Workplace:
        """Return what the job's source may use."""
        device = None if job.device is None else self.configuration.inventory.devices[job.device]
        nowhere = Path("/nonexistent")
        return Workplace(
            job=job,
            clock=self.clock,
            links=self.links,
            tools=self.tools,
            address="" if device is None else device.address,
            credential=self.credential(job.credential),
            spool=spool or nowhere,
            scratch=scratch or nowhere,
            scratch_user=self.plan.scratch_user,
            state_directory=self.state_directory,
            configuration_folder=Path(self.configuration.folder),
            deadline=deadline,
            progress=self.progress,
        )

    def credential(self, name: str | None) -> Credential | None:
        """Return a credential of the inventory."""
        return None if name is None else self.configuration.inventory.credentials[name]

    def history(self, job: str) -> History:
        """Return what is on record of a job."""
        return self.histories().get(job) or History(job)

    def histories(self) -> dict[str, History]:
        """Return what is on record of every job."""
        return catalogue.read(self.writer, self.period())

    def period(self) -> Period:
        """Return the stretch of time the catalogue is read over; what a clock wrote that ran ahead counts too."""
        return Period(after(self.clock.now(), -LOOK_BACK_SECONDS), FOR_EVER)


def new_run(clock: Clock) -> str:
    """Return the id of a run: its moment in UTC and a few random letters, a good file name and a good tag."""
    return f"{to_datetime(clock.now()):%Y%m%dt%H%M%S}-{secrets.token_hex(3)}"


@contextlib.asynccontextmanager
async def opened_depot(
    configuration: Configuration, clock: Clock, writer: Writer, progress: Progress = no_progress
) -> AsyncIterator[Depot]:
    """Open a depot over a store, and close its connections at the end."""
    known_hosts = Path(configuration.instance.state_directory) / "known_hosts"
    links = Links(clock, SecretReader(), str(known_hosts))
    try:
        yield Depot(configuration, clock, writer, links, Tools(configuration.instance.tools), progress)
    finally:
        await links.close()
