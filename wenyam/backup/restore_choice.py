"""Which snapshot a restore test takes: the newest, a random older one and the copy at the DR site take turns. Pure.

An older one renews the age of the proof only in its turn, and has one only while a newest one, just before it, is proven.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wenyam.backup.catalogue import Backup, History
from wenyam.backup.proofs import open_failure
from wenyam.checks.age import FUTURE_TOLERANCE
from wenyam.errors import NotTestedError, UsageError
from wenyam.model.backup import BackupJob
from wenyam.model.instants import Instant, seconds_between

Pick = Callable[[Sequence[Backup]], Backup]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A backup, where it is fetched from, and why it is this one."""

    backup: Backup
    repository: str
    snapshot: str
    why: str
    picked_older: bool = False
    """Whether a person chose it, although a newer one that counts is there, or the job is not kept there any more."""


def choose(job: BackupJob, history: History, pick: Pick, now: Instant, *, snapshot: str = "", repository: str = "") -> Chosen:
    """Return what was asked for, or whose turn it is; NotTestedError when there is nothing to restore."""
    known = [backup for backup in history.backups if backup.counts]
    if snapshot:
        return _asked(job, history, snapshot, repository)
    if repository:
        return _from(job, history, repository)
    if not known:
        raise NotTestedError(f"{job.name} has no complete backup yet")
    failure = open_failure(history, job.places)
    again = failure and _there(failure.repository, history.newest_copy(failure.repository), "again, because the last one failed")
    if again:
        return again
    second = _older if _is_fresh(job, history, now) else _newest
    turns = [_newest, second, *(_copy_turn(name) for name in job.copies)]
    begin = len(history.proofs) % len(turns)
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
    return Chosen(backup, place, found, "asked for", picked_older=not _is_newest(job, history, backup, place))


def _is_newest(job: BackupJob, history: History, backup: Backup, place: str) -> bool:
    """Tell whether no newer backup that counts is in a place where the job is kept."""
    newest = history.newest_copy(place)
    runs = [each.run for each in history.backups]
    return place in job.places and (newest is None or runs.index(backup.run) >= runs.index(newest.run))


def _is_fresh(job: BackupJob, history: History, now: Instant) -> bool:
    """Tell whether the last proof was good and is neither too old nor of the future, where nobody knows how old it is."""
    last = history.last_proof
    return last is not None and last.is_good and -FUTURE_TOLERANCE <= seconds_between(last.at, now) <= job.restore.maximum_age


def _from(job: BackupJob, history: History, repository: str) -> Chosen:
    if repository not in job.places:
        raise UsageError(f"{job.name} is not kept in '{repository}'; it is in: {', '.join(job.places)}")
    found = _there(repository, history.newest_copy(repository), f"the newest in '{repository}'")
    if found is None:
        raise NotTestedError(f"{job.name} has no backup in '{repository}' yet")
    return found


def _newest(job: BackupJob, history: History, _known: Sequence[Backup], _pick: Pick) -> Chosen | None:
    return _there(job.repository, history.newest_copy(job.repository), "the newest")


def _older(job: BackupJob, _history: History, known: Sequence[Backup], pick: Pick) -> Chosen | None:
    kept = [backup for backup in known if backup.snapshot_in(job.repository)][:-1]
    return _there(job.repository, pick(kept), "an older one, by chance") if kept else None


def _there(repository: str, backup: Backup | None, why: str) -> Chosen | None:
    found = None if backup is None else backup.snapshot_in(repository)
    return None if backup is None or found is None else Chosen(backup, repository, found, why)


def _copy_turn(name: str) -> Callable[[BackupJob, History, Sequence[Backup], Pick], Chosen | None]:
    def turn(_job: BackupJob, history: History, _known: Sequence[Backup], _pick: Pick) -> Chosen | None:
        return _there(name, history.newest_copy(name), f"the copy in '{name}'")

    return turn
