"""A backup's newest copy at the DR site, restored into a server there: what backups and restore tests use, without their record.

The instance at the DR site has no facts of backups that another instance made: the repository itself says what is there.
"""

import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from wenyam import plugins
from wenyam.backup import manifests, places
from wenyam.backup.contract import Repository, Snapshot, Workplace
from wenyam.backup.repositories.restic import open_repository
from wenyam.backup.sources.databases import FILES
from wenyam.backup.sources.loading import intact_files
from wenyam.backup.targets import Restorable, Target, Wish
from wenyam.dr.contract import StepError, StepPlace
from wenyam.errors import BackupError
from wenyam.model.backup import BackupJob, Manifest
from wenyam.model.instants import to_datetime

SECONDS: Final = 11.5 * 3600
_CACHE: Final = ".cache"


@dataclass(frozen=True, slots=True)
class Into:
    """The server it is restored into."""

    address: str
    credential: str
    port: int | None


@dataclass(frozen=True, slots=True)
class Copy:
    """A snapshot in a repository at the DR site, and the manifest that lies in it."""

    repository: Repository
    snapshot: Snapshot
    spool: Path
    """Where the dump lay at backup time."""
    place: Path
    """A private directory for what is fetched."""
    manifest: Manifest
    before: tuple[Snapshot, Manifest] | None = None
    """The copy before it; None where there is none that can be read, or where this one was asked for by its id."""


def job_of(place: StepPlace, name: str) -> BackupJob:
    """Return the job; its existence was looked at when the configuration was read."""
    return place.configuration.backup.jobs[name]


def repository_of(place: StepPlace, name: str, instance: str) -> Repository:
    """Return a repository, as the instance that wrote into it sees it."""
    backup, inventory = place.configuration.backup, place.configuration.inventory
    plan = backup.repositories[name]
    return open_repository(
        plan,
        clock=place.clock,
        links=place.links,
        tools=place.tools,
        host=instance or place.configuration.instance.name,
        cache=places.private_root(Path(backup.spool)) / _CACHE,
        credential=None if plan.credential is None else inventory.credentials[plan.credential],
        unlocked=partial(_say_unlocked, place, name),
    )


def _say_unlocked(place: StepPlace, name: str, locks: Sequence[str]) -> None:
    for lock in locks:
        place.say(f"'{name}': removed the {lock}, a dead process of this host")


async def copies_of(repository: Repository, job: str, beginning: str = "") -> list[tuple[Snapshot, Path]]:
    """Return the snapshots of a job that hold a manifest, newest first, each with where its dump lay; StepError when none does.

    `beginning` is that of the id of the only one that is wanted.
    """
    found = [
        (snapshot, path.parent)
        for snapshot in reversed(await repository.snapshots(job))
        for path in map(Path, snapshot.paths)
        if path.parts[-2:] == (job, places.MANIFEST) and snapshot.id.startswith(beginning)
    ]
    if not found:
        which = f" that begins with '{beginning}'" if beginning else ""
        advice = "Does another instance make these backups? Then name it under 'instance'."
        raise StepError(f"'{repository.name}' holds no backup of '{job}'{which}", hint=advice)
    return found


@contextlib.asynccontextmanager
async def fetched_copy(place: StepPlace, job: BackupJob, repository: Repository, beginning: str = "") -> AsyncIterator[Copy]:
    """Fetch the manifest of the newest copy, or of the one that is named, into a scratch place that goes at the end."""
    await repository.prepare(create=False)
    (snapshot, spool), *older = await copies_of(repository, job.name, beginning)
    run = f"{to_datetime(place.clock.now()):%Y%m%dt%H%M%S}-{secrets.token_hex(3)}"
    with places.scratch(Path(place.configuration.backup.scratch), f"{job.name}-{run}") as scratch:
        for name in ("manifest", "before", "told"):
            (scratch / name).mkdir(mode=places.PRIVATE)
        manifest = await _manifest_of(repository, snapshot, spool, scratch / "manifest")
        before = None if beginning or not older else await _before(repository, *older[0], scratch / "before")
        yield Copy(repository, snapshot, spool, scratch, manifest, before)


async def _manifest_of(repository: Repository, snapshot: Snapshot, spool: Path, into: Path) -> Manifest:
    stored = spool / places.MANIFEST
    await repository.fetch(snapshot.id, into, include=[str(stored)], seconds=SECONDS)
    return manifests.from_bytes((into / stored.relative_to("/")).read_bytes())


async def _before(repository: Repository, snapshot: Snapshot, spool: Path, into: Path) -> tuple[Snapshot, Manifest] | None:
    """Return the copy before the newest; that it cannot be read says nothing against the newest."""
    try:
        return snapshot, await _manifest_of(repository, snapshot, spool, into)
    except (BackupError, OSError):
        return None


@contextlib.asynccontextmanager
async def opened_target(place: StepPlace, job: BackupJob, into: Into, told: Path) -> AsyncIterator[Target]:
    """Log in to the server; `told` is a private directory for what programs must be told."""
    backup, inventory = place.configuration.backup, place.configuration.inventory
    options = job.options if into.port is None else job.options.model_copy(update={"port": into.port})
    moved = replace(job, options=options, credential=into.credential)
    workplace = Workplace(
        job=moved, clock=place.clock, links=place.links, tools=place.tools, address=into.address,
        credential=inventory.credentials[into.credential], spool=told, scratch=told.parent, scratch_user=backup.scratch_user,
        state_directory=Path(place.configuration.instance.state_directory),
        configuration_folder=Path(place.configuration.folder), deadline=place.deadline,
    )  # fmt: skip
    kind: Any = plugins.load(plugins.SOURCES, job.source)
    source = kind(options)
    if not isinstance(source, Restorable):
        raise StepError(f"'{job.name}' is no database ({job.source}), so it is not restored by this step")
    async with source.target(workplace) as target:
        yield target


def wish_of(copy: Copy, target: Target, database: str, name: str, *, owners: bool, with_roles: bool) -> Wish:
    """Say which database goes where; StepError when the backup has none of this name, or several and none was named."""
    known = target.databases(copy.manifest)
    if database and database not in known:
        raise StepError(f"the backup holds no database '{database}'; there are: {', '.join(known)}")
    if not database and len(known) != 1:
        raise StepError(f"the backup holds several databases, name one under 'database': {', '.join(known)}")
    chosen = database or known[0]
    return Wish(chosen, name or chosen, copy.manifest, "", owners=owners, with_roles=with_roles)


async def dump_files(place: StepPlace, copy: Copy, target: Target, wish: Wish) -> Mapping[str, Path]:
    """Fetch what loading needs, and see that it is what was dumped."""
    names = target.files(wish.database, wish.manifest)
    place.say(f"fetch {wish.database} from '{copy.repository.name}'")
    fetched = copy.place / "fetched"
    fetched.mkdir(mode=places.PRIVATE)
    include = [str(copy.spool / name) for name in names]
    await copy.repository.fetch(copy.snapshot.id, fetched, include=include, seconds=SECONDS)
    folder = fetched / copy.spool.relative_to("/")
    if FILES in wish.manifest.parts:
        return await intact_files(folder, wish.manifest.parts, names)
    return {name: folder / name for name in names}
