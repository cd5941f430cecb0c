"""What the record says a repository holds, beside what it holds: one that was emptied or exchanged is whole, too. Pure."""

from collections.abc import Collection, Mapping, Sequence

from wenyam.backup.catalogue import Backup, History
from wenyam.model.instants import to_iso

_SHOWN = 3


def vanished(histories: Mapping[str, History], repository: str, there: Collection[str]) -> list[Backup]:
    """Return the backups that should be in a repository and are not among the snapshot ids found there, oldest first."""
    worth = (backup for history in histories.values() for backup in history.backups if backup.counts or backup.is_anomaly)
    missing = [backup for backup in worth if (backup.snapshot_in(repository) or "") not in {"", *there}]
    return sorted(missing, key=lambda backup: backup.taken)


def still(missing: Sequence[Backup], histories: Mapping[str, History], repository: str) -> list[Backup]:
    """Return those of which a later look at the record does not say that they were removed meanwhile."""
    known = ((each, histories.get(each.job) or History(each.job)) for each in missing)
    return [each for each, history in known if (now := history.of_run(each.run)) is not None and now.snapshot_in(repository)]


def sentence(missing: Sequence[Backup], repository: str) -> str:
    """Say what is not there any more; empty when nothing is missing."""
    if not missing:
        return ""
    shown = ", ".join(f"{each.job} of {to_iso(each.taken)}" for each in missing[:_SHOWN]) + (" …" if missing[_SHOWN:] else "")
    return (
        f"{len(missing)} backups on record are not in '{repository}' any more: {shown}; was it exchanged, or was something "
        f"removed by hand? If that is right: wenyam backup verify {repository} --gone REASON"
    )
