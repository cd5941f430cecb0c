"""What real restores leave on record, and which backup they take."""

from dataclasses import dataclass
from typing import Final

from wenyam.backup import restore_choice
from wenyam.backup.depot import Depot
from wenyam.backup.restore_choice import Chosen
from wenyam.model.backup import BackupJob
from wenyam.model.instants import Instant

FETCHED: Final = "backup-fetched"
"""Kind of the fact that somebody took data out of a repository."""
BEGUN: Final = "restore-begun"
"""Kind of the fact that a real restore is about to change something; without a later `RESTORED` it did not end."""
RESTORED: Final = "restore-done"
"""Kind of the fact of how a real restore ended."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A restore that began and has no end on record."""

    at: Instant
    actor: str
    database: str
    name: str
    aside: str


def chosen_for(depot: Depot, job: BackupJob, snapshot: str, repository: str) -> Chosen:
    """Return the backup that was asked for: the newest in the job's own repository when nothing is said."""
    place = repository or ("" if snapshot else job.repository)
    history, now = depot.history(job.name), depot.clock.now()
    return restore_choice.choose(job, history, lambda known: known[-1], now, snapshot=snapshot, repository=place)


def unfinished(depot: Depot, job: str) -> list[Unfinished]:
    """Return the job's restores that began and did not end, oldest first."""
    period = depot.period()
    ended = {each.fact.body.get("begun") for each in depot.writer.facts(period, RESTORED)}
    begun = (each for each in depot.writer.facts(period, BEGUN) if each.sequence not in ended)
    bodies = ((each.fact, each.fact.body) for each in begun if each.fact.body.get("job") == job)
    return [Unfinished(fact.at, fact.actor, *(str(body[key]) for key in ("database", "name", "aside"))) for fact, body in bodies]
