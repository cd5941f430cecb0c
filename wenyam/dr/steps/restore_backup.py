"""Restores the newest copy of a database's backup into a server at the DR site, measured against the manifest of backup time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, ClassVar

from pydantic import Field

from wenyam.backup.comparison import compare
from wenyam.backup.size import lost_rows
from wenyam.backup.targets import Target, Wish
from wenyam.checks.age import FUTURE_TOLERANCE
from wenyam.dr.attempts import step_errors
from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.options import SQL_KINDS, Port, StepOptions, unknown_credential, unknown_device, unknown_name
from wenyam.dr.positions import NEWEST_DATA
from wenyam.dr.restoring import Copy, Into, dump_files, fetched_copy, job_of, opened_target, repository_of, wish_of
from wenyam.model.backup import BackupJob
from wenyam.model.instance import Configuration
from wenyam.model.instants import seconds_between, to_iso
from wenyam.model.recovery import Outcome, failed, passed
from wenyam.settings.values import Address, Duration, Line, Name

_NAMED = 10
"""Differences that are told."""


class RestoreBackupOptions(StepOptions):
    """Which backup, from where, into which server."""

    job: Name
    """Backup job of a database."""
    repository: Name | None = None
    """Left out: the job's one repository at the plan's DR site."""
    instance: Name | None = None
    """Name of the instance that makes these backups, where it is not this one."""
    host: Name
    """Device of the inventory whose server takes it."""
    credential: Name
    """Credential of kind sql."""
    over: Address | None = None
    """Another address of the host than its first."""
    port: Port | None = None
    """Left out: the port of the job."""
    database: Line = ""
    """Database of the backup; left out: its only one."""
    name: Annotated[Line, Field(max_length=63)] = ""
    """Its name afterwards; left out: as it was called. One that is there and not empty is never touched."""
    owners: bool = True
    """Restore owners and rights."""
    with_roles: bool = False
    """Make the roles that are missing there."""
    maximum_age: Duration | None = None
    """A copy with older data is refused."""
    snapshot: Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")] = ""
    """Beginning of the id of the copy that is wanted instead of the newest: for when that is one of emptied tables."""


class RestoreBackupStep:
    """Restores one database."""

    Config: ClassVar[type[RestoreBackupOptions]] = RestoreBackupOptions
    changes: ClassVar[bool] = True
    repeatable: ClassVar[bool] = False
    waits: ClassVar[bool] = False
    shows_newest_data: ClassVar[bool] = True

    def __init__(self, config: RestoreBackupOptions) -> None:
        """Take validated options."""
        self._config = config

    def describe(self) -> str:
        """Say what is restored where."""
        source = self._config.repository or "the repository at the DR site"
        return f"restore the newest copy of backup {self._config.job} from {source} into {self._config.host}"

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return a sentence for each name that is not known."""
        config, backup = self._config, configuration.backup
        found = [
            *unknown_name("backup job", config.job, backup.jobs),
            *unknown_device(configuration, config.host),
            *unknown_credential(configuration, config.credential, SQL_KINDS),
        ]
        if config.repository is not None and config.job in backup.jobs:
            job = backup.jobs[config.job]
            found += unknown_name("copy of it in repository", config.repository, (job.repository, *job.copies))
        return tuple(found)

    async def rehearse(self, place: StepPlace) -> Outcome:
        """Open the repository, read the newest copy's manifest, log in to the server, and see that it could be loaded."""
        with step_errors():
            async with self._opened(place) as (copy, target, wish):
                await self._require_loadable(place, copy, target, wish)
                return passed(f"{self._words(target, wish)} could be restored: {_of(copy)}", manifest=_measures(copy))

    async def run(self, place: StepPlace) -> Outcome:
        """Fetch, load and measure it; a failure when it is not what it was at backup time."""
        with step_errors():
            async with self._opened(place) as (copy, target, wish):
                await self._require_loadable(place, copy, target, wish)
                files = await dump_files(place, copy, target, wish)
                place.say(f"load {self._words(target, wish)}")
                roles = await target.load(wish, files)
                return await self._measured(place, copy, target, wish, roles)

    async def was_done(self, place: StepPlace) -> bool | None:
        """Look whether the database is there and equal; half a one is for a person to judge."""
        try:
            with step_errors():
                async with self._opened(place) as (copy, target, wish):
                    look = await target.look(wish)
                    if not look.exists or not look.things:
                        return False
                    loaded = await target.measure(wish)
                    self._tell(place, copy)
                    return True if not compare(loaded.expected, loaded.found) else None
        except StepError:
            return None

    def no_way_back(self) -> str:
        """Say what takes it back instead."""
        return "it could drop the wrong database; let a person do it, as 'undo: {do: manual, with: {text: …}}'"

    async def undo(self, place: StepPlace) -> Outcome:
        """Say how it is removed: a step that drops databases by itself could drop the wrong one."""
        with step_errors():
            async with self._opened(place) as (_, target, wish):
                raise StepError(
                    f"{self._words(target, wish)} is not dropped by itself", hint=f"To remove it: {target.way_out(wish)}"
                )

    @asynccontextmanager
    async def _opened(self, place: StepPlace) -> AsyncIterator[tuple[Copy, Target, Wish]]:
        config = self._config
        job = job_of(place, config.job)
        repository = repository_of(place, config.repository or _at_dr_site(place, job), config.instance or "")
        address = config.over or place.configuration.inventory.devices[config.host].address
        into = Into(address, config.credential, config.port)
        async with (
            fetched_copy(place, job, repository, config.snapshot) as copy,
            opened_target(place, job, into, copy.place / "told") as target,
        ):
            named = (config.database, config.name)
            yield copy, target, wish_of(copy, target, *named, owners=config.owners, with_roles=config.with_roles)

    async def _require_loadable(self, place: StepPlace, copy: Copy, target: Target, wish: Wish) -> None:
        config = self._config
        age = seconds_between(copy.manifest.newest_data or copy.manifest.taken, place.clock.now())
        if config.maximum_age is not None and age < -FUTURE_TOLERANCE:
            raise StepError("the newest copy's data lies in the future, so its age is not known; one of the two clocks is wrong")
        if config.maximum_age is not None and age > config.maximum_age:
            raise StepError(
                f"the newest copy's data is {age / 3600:.1f} h old, at most {config.maximum_age / 3600:.1f} h are allowed"
            )
        _require_rows(copy)
        look = await target.look(wish)
        if look.exists and look.things:
            raise StepError(
                f"{self._words(target, wish)} is there and not empty ({look.things} things), and is never overwritten"
            )
        if look.missing_roles and look.roles_needed and wish.owners and not wish.with_roles:
            roles = ", ".join(look.missing_roles)
            raise StepError(f"roles are missing on {config.host}: {roles}", hint="Set 'with_roles: true', or 'owners: false'.")
        if look.refusals:
            raise StepError("; ".join(look.refusals))

    async def _measured(self, place: StepPlace, copy: Copy, target: Target, wish: Wish, roles: tuple[str, ...]) -> Outcome:
        loaded = await target.measure(wish)
        problems = compare(loaded.expected, loaded.found)
        evidence = {"copy": _of(copy), "manifest": _measures(copy), "roles": ", ".join(roles), "notes": "\n".join(loaded.notes)}
        kept = {name: text for name, text in evidence.items() if text}
        if problems:
            told = "; ".join(problems[:_NAMED])
            return failed(f"{self._words(target, wish)} is not as it was at backup time: {told}", **kept)
        self._tell(place, copy)
        return passed(
            f"{self._words(target, wish)} is as it was at backup time, {loaded.expected.items} things equal: {_of(copy)}", **kept
        )

    def _tell(self, place: StepPlace, copy: Copy) -> None:
        place.said[f"{place.step.id}.{NEWEST_DATA}"] = int(copy.manifest.newest_data or copy.manifest.taken)

    def _words(self, target: Target, wish: Wish) -> str:
        return f"database '{target.shown(wish.name)}' on {self._config.host}"


def _require_rows(copy: Copy) -> None:
    """Refuse a newest copy of emptied tables: this site has no record of what still waits for a person's reason."""
    if copy.before is None:
        return
    snapshot, manifest = copy.before
    lost = lost_rows(copy.manifest.rows, manifest.rows)
    if lost:
        advice = f"Which one is right? To have the one before, write its beginning under 'snapshot': {snapshot.id[:8]}"
        raise StepError(f"{_of(copy)}, is not like the copy before it: {lost}", hint=advice)


def _at_dr_site(place: StepPlace, job: BackupJob) -> str:
    """Return the job's one repository at the plan's DR site."""
    repositories = place.configuration.backup.repositories
    found = [name for name in (job.repository, *job.copies) if repositories[name].site == place.plan.dr_site]
    if len(found) != 1:
        there = f"{len(found)} repositories" if found else "no repository"
        raise StepError(f"'{job.name}' has {there} at site {place.plan.dr_site}", hint="Name one under 'repository'.")
    return found[0]


def _of(copy: Copy) -> str:
    return f"snapshot {copy.snapshot.id[:8]} of '{copy.repository.name}', data of {to_iso(copy.manifest.taken)}"


def _measures(copy: Copy) -> str:
    lines = [f"{section}: {len(items)}" for section, items in copy.manifest.parts.items()]
    return "\n".join([f"taken {to_iso(copy.manifest.taken)}", *lines])
