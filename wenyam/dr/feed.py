"""Plans as the watcher sees them: each is a subject whose reading is what the facts say of it."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from wenyam.dr import facts
from wenyam.dr.checks import plan_checks
from wenyam.dr.ledger import Ledger, ledger_of
from wenyam.dr.samples import plan_reading
from wenyam.engine.watched import Watched, watched_feed
from wenyam.model.facts import ChainedFact
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.model.inventory import ReadPlan
from wenyam.model.recovery import RecoveryPlan
from wenyam.model.samples import Reading
from wenyam.model.states import Subject, SubjectKind
from wenyam.settings.dr_rules import job_name
from wenyam.store.sqlite import open_reader

PLAN = ReadPlan("record", "drills", interval=10.0, timeout=30.0, options=None)
_ENDING_SECONDS = 30.0


class DrillFeed:
    """Reads the facts beside the loop."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._directory = Path()
        self._plans: Mapping[str, RecoveryPlan] = {}
        self._facts: list[ChainedFact] = []
        self._ledger = Ledger()

    @property
    def plan(self) -> ReadPlan:
        """How often the facts are looked at."""
        return PLAN

    def configure(self, configuration: Configuration) -> Sequence[Watched]:
        """Take the plans of a configuration."""
        self._directory, self._plans = Path(configuration.instance.state_directory), configuration.recovery.plans
        return [watched_feed(subject_of(plan.name), PLAN, plan_checks(plan)) for plan in self._plans.values()]

    async def collect(self, now: Instant) -> Mapping[Subject, Reading]:
        """Return what is on record of each; StoreError when the store cannot be read."""
        if not self._plans:
            return {}
        work = asyncio.create_task(asyncio.to_thread(self._read, now))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            # While its thread reads, nobody who closes the database could take the log away.
            await asyncio.wait({work}, timeout=_ENDING_SECONDS)
            raise

    def _read(self, now: Instant) -> Mapping[Subject, Reading]:
        reader = open_reader(self._directory)
        try:
            last = self._facts[-1].sequence if self._facts else 0
            new = reader.facts_after(last, facts.KINDS)
        finally:
            reader.close()
        if new:
            self._facts += new
            self._ledger = ledger_of(self._facts)
        return {subject_of(name): plan_reading(plan, self._ledger.of(name), now) for name, plan in self._plans.items()}


def subject_of(plan: str) -> Subject:
    """Return the subject of a plan."""
    return Subject(SubjectKind.JOB, job_name(plan))
