"""What one real restore of a database works with: the backup that is meant, its manifest, and the server it goes to."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from wenyam.backup import places
from wenyam.backup.depot import Depot, new_run
from wenyam.backup.restore_choice import Chosen
from wenyam.backup.restore_test import recorded_manifest, spool_of
from wenyam.backup.targets import Restorable, Target, Wish
from wenyam.errors import UsageError
from wenyam.model.backup import BackupJob, Manifest
from wenyam.model.instants import to_datetime
from wenyam.operations.restore_records import chosen_for

RESTORE_SECONDS: Final = 11.5 * 3600
_KEPT: Final = "before-restore"
"""Directory below the state directory for what a server cannot put aside itself."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asks for."""

    job: str
    database: str = ""
    """Empty: the only one of the backup."""
    name: str = ""
    """Empty: a generated one."""
    in_place: bool = False
    server: Mapping[str, Any] = field(default_factory=dict)
    """Options of the source that name another server than the job does, and `address`."""
    credential: str = ""
    owners: bool = True
    with_roles: bool = False
    snapshot: str = ""
    repository: str = ""
    aside: str = ""
    """Empty: a generated name for what is replaced."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that one restore works with."""

    depot: Depot
    job: BackupJob
    chosen: Chosen
    place: Path
    spool: Path
    """Where the dump lay at backup time."""
    target: Target
    wish: Wish
    begun: float


@contextlib.asynccontextmanager
async def opened_bench(depot: Depot, request: Request) -> AsyncIterator[Bench]:
    """Choose the backup, read its manifest, and log in to the target."""
    begun = depot.clock.monotonic()
    job = _job(depot, request)
    chosen = chosen_for(depot, depot.job(request.job), request.snapshot, request.repository)
    run = new_run(depot.clock)
    async with manifest_of(depot, job, chosen, run) as (place, spool, manifest):
        (place / "told").mkdir(mode=places.PRIVATE)
        workplace = depot.workplace(job, begun + RESTORE_SECONDS, spool=place / "told", scratch=place)
        address = request.server.get("address", workplace.address)
        async with _restorable(depot, job).target(replace(workplace, address=address)) as target:
            wish = _wish(depot, request, target, manifest, run)
            yield Bench(depot, job, chosen, place, spool, target, wish, begun)


@contextlib.asynccontextmanager
async def manifest_of(depot: Depot, job: BackupJob, chosen: Chosen, run: str) -> AsyncIterator[tuple[Path, Path, Manifest]]:
    """Give a scratch place, where the dump lay at backup time, and the manifest, fetched below `fetched` in that place."""
    with places.scratch(Path(depot.plan.scratch), f"{job.name}-{run}") as place:
        (place / "fetched").mkdir(mode=places.PRIVATE)
        depot.progress(f"read the manifest of snapshot {chosen.snapshot[:8]}", 0, None)
        repository = await depot.reach(chosen.repository)
        spool = await spool_of(repository, job, chosen)
        stored = spool / places.MANIFEST
        await repository.fetch(chosen.snapshot, place / "fetched", include=[str(stored)], seconds=RESTORE_SECONDS)
        yield place, spool, recorded_manifest(place / "fetched", stored, chosen)


def _job(depot: Depot, request: Request) -> BackupJob:
    """Return the job as if it were configured for the server that is meant."""
    job = depot.job(request.job)
    if request.credential and request.credential not in depot.configuration.inventory.credentials:
        known = ", ".join(name for name, each in depot.configuration.inventory.credentials.items() if each.kind == "sql")
        raise UsageError(f"there is no credential '{request.credential}'; of kind sql there are: {known or 'none'}")
    given = {name: value for name, value in request.server.items() if name != "address"}
    if given:
        job = replace(job, options=_options(job, given))
    return replace(job, credential=request.credential or job.credential)


def _options(job: BackupJob, given: Mapping[str, Any]) -> Any:
    """Return the job's options with others in their place; UsageError for what this kind of source has not."""
    kind = type(job.options)
    try:
        return kind.model_validate({**job.options.model_dump(), **given})
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise UsageError(f"{job.source} does not take {', '.join(f'--{name}' for name in given)}: {said}") from error


def _restorable(depot: Depot, job: BackupJob) -> Restorable:
    source = depot.source(job)
    if not isinstance(source, Restorable):
        raise UsageError(
            f"{job.name} is no database ({job.source}); get its files back with: wenyam restore files {job.name} --to DIRECTORY"
        )
    return source


def _wish(depot: Depot, request: Request, target: Target, manifest: Manifest, run: str) -> Wish:
    database = _database(request, target, manifest)
    ending = f"{to_datetime(depot.clock.now()):%Y%m%dt%H%M%S}"
    name = database if request.in_place else request.name or target.new_name(database, f"_restored_{ending}")
    folder = depot.state_directory / _KEPT / f"{request.job}-{run}"
    aside = request.aside or (target.aside(database, f"_before_{ending}", folder) if request.in_place else "")
    return Wish(database, name, manifest, aside, in_place=request.in_place, owners=request.owners, with_roles=request.with_roles)


def _database(request: Request, target: Target, manifest: Manifest) -> str:
    known = target.databases(manifest)
    if request.database in known or (not request.database and len(known) == 1):
        return request.database or known[0]
    wanted = f"no database '{request.database}'" if request.database else "more than one database: name one of them"
    raise UsageError(f"{request.job} has {wanted}; there are: {', '.join(known)}")
