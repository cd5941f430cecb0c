"""Second copies: every backup that counts goes to each further repository, under another key; what was left behind catches up."""

from collections.abc import Sequence

from wenyam.backup import facts
from wenyam.backup.catalogue import Backup
from wenyam.backup.contract import Repository, Snapshot
from wenyam.backup.depot import Depot
from wenyam.errors import BackupError, WenyamError
from wenyam.model.backup import BackupJob

COPY_SECONDS = 6 * 3600.0
CAUGHT_UP = 7
"""So many of the newest backups are copied later if they could not be at once."""


async def make(depot: Depot, job: BackupJob) -> list[str]:
    """Copy what is missing to each further repository; return a sentence for each that did not get it."""
    troubles = []
    for name in job.copies:
        try:
            await _copy(depot, job, name)
        except WenyamError as error:
            sentence = f"no copy in '{name}': {error}"
            run = next((backup.run for backup in reversed(depot.history(job.name).backups)), "")
            depot.writer.append(facts.copy_failed(job, run, depot.clock.now(), name, str(error)))
            troubles.append(sentence)
    return troubles


async def _copy(depot: Depot, job: BackupJob, name: str) -> None:
    source = depot.repository(job.repository)
    there = {snapshot.id for snapshot in await source.snapshots(job.name)}
    waiting = [backup for backup in wanted(depot.history(job.name).backups, name) if backup.snapshot in there]
    if not waiting:
        return
    target = await depot.reach(name)
    await source.copy_to(target, [backup.snapshot for backup in waiting], COPY_SECONDS)
    arrived = {snapshot.run: snapshot for snapshot in await target.snapshots(job.name)}
    for backup in waiting:
        await _record(depot, job, backup, (target, name), arrived.get(backup.run))


def wanted(backups: Sequence[Backup], repository: str) -> list[Backup]:
    """Return the newest backups worth copying that never were in this repository; an unusual size is copied all the same."""
    worth = [backup for backup in backups if backup.counts or backup.is_anomaly]
    return [backup for backup in worth[-CAUGHT_UP:] if backup.was_in(repository) is None]


async def _record(depot: Depot, job: BackupJob, backup: Backup, target: tuple[Repository, str], arrived: Snapshot | None) -> None:
    repository, name = target
    if arrived is None:
        raise BackupError(f"{name}: the snapshot of run {backup.run} did not arrive, though the copy ended well")
    count = sum(entry.kind == "file" for entry in (await repository.listing(arrived.id)).entries)
    if not count:
        raise BackupError(f"{name}: the copy of run {backup.run} holds no file")
    depot.writer.append(facts.copied(job, backup.run, depot.clock.now(), name, arrived.id))
