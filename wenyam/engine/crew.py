"""The parts that whoever reads something needs, handed over together; and the one way to read without fooling oneself."""

from dataclasses import dataclass

from wenyam.clock import Clock
from wenyam.engine.board import Board
from wenyam.engine.heartbeat import Heartbeat
from wenyam.engine.latest import Latest
from wenyam.engine.network import OwnNetwork
from wenyam.engine.pipeline import Pipeline
from wenyam.engine.runner import Runner
from wenyam.engine.watched import Watched
from wenyam.engine.wheel import Wheel
from wenyam.model.inventory import ReadPlan
from wenyam.model.samples import Collection


@dataclass(frozen=True, slots=True)
class Crew:
    """The engine's parts."""

    clock: Clock
    board: Board
    latest: Latest
    pipeline: Pipeline
    runner: Runner
    network: OwnNetwork
    wheel: Wheel
    heartbeat: Heartbeat

    async def read(self, watched: Watched, plan: ReadPlan) -> Collection | None:
        """Run one reading; None when the work loop was silent meanwhile, so that a failure would be our own."""
        begun = self.clock.monotonic()
        collection = await self.runner.read(watched.key, watched.site, watched.target(plan), plan)
        self.heartbeat.check()
        return None if begun < self.heartbeat.blind_until else collection
