"""What restores have proved, and what they left open. Pure."""

from collections.abc import Collection

from wenyam.backup.catalogue import Backup, History, Restore
from wenyam.model.instants import Instant, seconds_between


def open_failure(history: History, places: Collection[str]) -> Restore | None:
    """Return the newest restore from one of these places that failed or was refused, and that nothing later made good.

    Made good by a later one that passed, of the same or a newer backup from the same place: that an older one can be restored
    says nothing about the one that would be needed today. So does an older one that a person chose; it makes good only its like.
    """
    order = {backup.run: number for number, backup in enumerate(history.backups)}
    for number in reversed(range(len(history.restores))):
        bad = history.restores[number]
        if bad.is_bad and bad.repository in places and not _is_made_good(bad, history.restores[number + 1 :], order):
            return bad
    return None


def _is_made_good(bad: Restore, later: Collection[Restore], order: dict[str, int]) -> bool:
    since = order.get(bad.run, -1)
    return any(
        each.is_good
        and each.repository == bad.repository
        and order.get(each.run, -1) >= since
        and (bad.picked_older or not each.picked_older)
        for each in later
    )


def newest_told(history: History, places: Collection[str]) -> Restore | None:
    """Return the restore by which a job is judged: an open failure, or the newest proof."""
    return open_failure(history, places) or history.last_proof


def data_age(restore_began: Instant, backup: Backup) -> float:
    """Return how old the newest data of a backup was at a moment, in seconds."""
    return max(0.0, seconds_between(backup.newest_data or backup.taken, restore_began))
