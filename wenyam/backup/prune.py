"""Removing what the rules no longer keep: never in a backup run, after a failed restore test or a clock step, under the floor."""

from collections.abc import Sequence
from dataclasses import dataclass

from wenyam.backup import facts, retention
from wenyam.backup.catalogue import History
from wenyam.backup.contract import Snapshot
from wenyam.backup.depot import Depot
from wenyam.backup.proofs import open_failure
from wenyam.backup.retention import Choice
from wenyam.engine.calendar import CLOCK_STEPPED, FOR_EVER
from wenyam.model.backup import BackupJob
from wenyam.model.instants import Period, after, to_iso

PRUNE_SECONDS = 6 * 3600.0
_CALM_SECONDS = 2 * 86_400.0
"""So long after a clock step nothing is removed by age."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be removed of one job in one repository; a reason why nothing is, if there is one."""

    job: str
    repository: str
    choices: tuple[Choice, ...]
    refusal: str = ""

    @property
    def going(self) -> tuple[str, ...]:
        """Return the ids of the snapshots that may go."""
        return () if self.refusal else tuple(choice.snapshot.id for choice in self.choices if not choice.reason)


async def plans(depot: Depot, jobs: Sequence[BackupJob]) -> list[Plan]:
    """Judge every job in every repository that holds it; nothing is changed."""
    histories, stepped = depot.histories(), _stepped(depot)
    found = []
    for job in jobs:
        history = histories.get(job.name) or History(job.name)
        for name in job.places:
            repository = await depot.reach(name)
            proven = history.last_restored
            snapshots = await repository.snapshots(job.name)
            choices = retention.choose(
                snapshots,
                job.keep,
                depot.configuration.instance.availability.time_zone,
                "" if proven is None else proven.run,
                doubtful=_doubtful(history, name, snapshots),
                now=depot.clock.now(),
            )
            found.append(Plan(job.name, name, tuple(choices), _refusal(depot, name, job, history, stepped=stepped)))
    return found


def _doubtful(history: History, repository: str, snapshots: Sequence[Snapshot]) -> set[str]:
    """Return the ids that are on record as no success, or not at all although the record goes back so far: runs that failed.

    What is older than the record is taken for good. So is a copy of a good run whose arrival nobody came to record.
    """
    good = [backup for backup in history.backups if backup.counts]
    known = {backup.was_in(repository) for backup in good}
    copied = {backup.run for backup in good if backup.repository != repository}
    begins = min((backup.taken for backup in history.backups), default=FOR_EVER)
    return {each.id for each in snapshots if each.id not in known and each.run not in copied and each.at >= begins}


def _refusal(depot: Depot, repository: str, job: BackupJob, history: History, *, stepped: bool) -> str:
    if depot.plan.repositories[repository].append_only:
        return "the repository is append-only: this machine removes nothing there"
    if stepped:
        return "the clock was stepped in the last two days; ages cannot be trusted yet"
    failure = open_failure(history, job.places)
    if failure is not None:
        when = to_iso(failure.at)
        return f"the last restore test failed ({when}): nothing goes until one of the same or a newer backup passes"
    return ""


def _stepped(depot: Depot) -> bool:
    now = depot.clock.now()
    return bool(depot.writer.facts(Period(after(now, -_CALM_SECONDS), FOR_EVER), CLOCK_STEPPED))


async def carry_out(depot: Depot, plan: Plan) -> int:
    """Remove what a plan says; return how many went. What went is on record before the room is won back, which takes long."""
    if plan.going:
        repository = depot.repository(plan.repository)
        await repository.forget(plan.going, prune=False, seconds=PRUNE_SECONDS)
        reason = f"kept {len(plan.choices) - len(plan.going)} of {len(plan.choices)} by the rules"
        depot.writer.append(facts.pruned(plan.repository, depot.clock.now(), plan.job, plan.going, reason))
        await repository.forget((), prune=True, seconds=PRUNE_SECONDS)
    return len(plan.going)
