"""Which snapshot a restore test takes: the newest, a random older one and the copy at the DR site take turns. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wenyam.backup.catalogue import Backup, History
from wenyam.errors import NotTestedError, UsageError
from wenyam.model.backup import BackupJob

Pick = Callable[[Sequence[Backup]], Backup]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A backup, where it is fetched from, and why it is this one."""

    backup: Backup
    repository: str
    snapshot: str
    why: str


def choose(job: BackupJob, history: History, pick: Pick, *, snapshot: str = "", repository: str = "") -> Chosen:
    """Return what was asked for, or whose turn it is; NotTestedError when there is nothing to restore."""
    known = [backup for backup in history.backups if backup.counts]
    if snapshot:
        return _asked(job, history, snapshot, repository)
    if repository:
        return _from(job, history, repository)
    if not known:
        raise NotTestedError(f"{job.name} has no complete backup yet")
    turns = [_newest, _older, *(_copy_turn(name) for name in job.copies)]
    begin = len(history.restores) % len(turns)
    for turn in (*turns[begin:], *turns[:begin]):
        chosen = turn(job, history, known, pick)
        if chosen is not None:
            return chosen
    raise NotTestedError(f"{job.name} has no backup that could be restored")


def _asked(job: BackupJob, history: History, snapshot: str, repository: str) -> Chosen:
    backup = history.of_snapshot(snapshot)
    place = repository or job.repository
    found = None if backup is None else backup.snapshot_in(place)
    if backup is None or found is None:
        raise UsageError(
            f"{job.name} has no snapshot '{snapshot}' in '{place}' on record; 'wenyam backup list {job.name}' shows them"
        )
    return Chosen(backup, place, found, "asked for")


def _from(job: BackupJob, history: History, repository: str) -> Chosen:
    if repository not in (job.repository, *job.copies):
        raise UsageError(f"{job.name} is not kept in '{repository}'; it is in: {', '.join((job.repository, *job.copies))}")
    backup = history.newest_copy(repository)
    found = None if backup is None else backup.snapshot_in(repository)
    if backup is None or found is None:
        raise NotTestedError(f"{job.name} has no backup in '{repository}' yet")
    return Chosen(backup, repository, found, f"the newest in '{repository}'")


def _newest(job: BackupJob, _history: History, known: Sequence[Backup], _pick: Pick) -> Chosen | None:
    newest = known[-1]
    return Chosen(newest, job.repository, newest.snapshot, "the newest")


def _older(job: BackupJob, _history: History, known: Sequence[Backup], pick: Pick) -> Chosen | None:
    kept = [backup for backup in known[:-1] if backup.repository == job.repository]
    if not kept:
        return None
    older = pick(kept)
    return Chosen(older, job.repository, older.snapshot, "an older one, by chance")


def _copy_turn(name: str) -> Callable[[BackupJob, History, Sequence[Backup], Pick], Chosen | None]:
    def turn(_job: BackupJob, history: History, _known: Sequence[Backup], _pick: Pick) -> Chosen | None:
        backup = history.newest_copy(name)
        found = None if backup is None else backup.snapshot_in(name)
        return None if backup is None or found is None else Chosen(backup, name, found, f"the copy in '{name}'")

    return turn
