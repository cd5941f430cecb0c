"""Removing what the rules no longer keep: never in a backup run, after a failed restore test or a clock step, under the floor."""

from collections.abc import Sequence
from dataclasses import dataclass

from wenyam.backup import facts, retention
from wenyam.backup.catalogue import History
from wenyam.backup.depot import Depot
from wenyam.backup.retention import Choice
from wenyam.engine.calendar import CLOCK_STEPPED
from wenyam.model.backup import BackupJob, Verdict
from wenyam.model.instants import Instant, Period, after

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
        for name in (job.repository, *job.copies):
            repository = await depot.reach(name)
            proven = history.last_proven
            choices = retention.choose(
                await repository.snapshots(job.name),
                job.keep,
                depot.configuration.instance.availability.time_zone,
                "" if proven is None else proven.run,
            )
            found.append(Plan(job.name, name, tuple(choices), _refusal(depot, name, history, stepped=stepped)))
    return found


def _refusal(depot: Depot, repository: str, history: History, *, stepped: bool) -> str:
    if depot.plan.repositories[repository].append_only:
        return "the repository is append-only: this machine removes nothing there"
    if stepped:
        return "the clock was stepped in the last two days; ages cannot be trusted yet"
    decided = [restore for restore in history.restores if restore.verdict is not Verdict.NOT_TESTED]
    if decided and (decided[-1].verdict is Verdict.FAIL or decided[-1].refused_by):
        return "the last restore test failed: nothing goes until one passes"
    return ""


def _stepped(depot: Depot) -> bool:
    now = depot.clock.now()
    return bool(depot.writer.facts(Period(after(now, -_CALM_SECONDS), Instant(now + 1)), CLOCK_STEPPED))


async def carry_out(depot: Depot, plan: Plan) -> int:
    """Remove what a plan says; return how many went."""
    if plan.going:
        await depot.repository(plan.repository).forget(plan.going, prune=True, seconds=PRUNE_SECONDS)
        reason = f"kept {len(plan.choices) - len(plan.going)} of {len(plan.choices)} by the rules"
        depot.writer.append(facts.pruned(plan.repository, depot.clock.now(), plan.job, len(plan.going), reason))
    return len(plan.going)
