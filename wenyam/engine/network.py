"""Our own eyes: when every witness is silent it is we who are cut off, and nobody else may be called down."""

import asyncio
from collections.abc import Callable, Mapping

from wenyam.clock import Clock
from wenyam.engine.board import Board
from wenyam.errors import CollectError
from wenyam.links.carrier import has_carrier
from wenyam.links.pools import Links
from wenyam.model.inventory import AT_ONCE, Witness
from wenyam.model.states import CheckResult, Observation, State, Subject, SubjectKind

OWN_NETWORK = Subject(SubjectKind.MONITOR, "own-network", "sight")
BLIND = CheckResult(State.UNKNOWN, "own network lost: nothing can be seen from here")
"""What is said of everybody while we are cut off."""
PING_SECONDS = 1.0
TRIES = 2
FRESH_SECONDS = 1.0

Gone = Callable[[Subject], bool]


class OwnNetwork:
    """Asks the witnesses, on schedule and whenever somebody is about to be called down."""

    def __init__(self, clock: Clock, links: Links, board: Board) -> None:
        """Start with no witness: then sight is never doubted."""
        self._clock = clock
        self._links = links
        self._board = board
        self._witnesses: Mapping[str, Witness] = {}
        self._asking: asyncio.Task[bool] | None = None
        self._asked_at = float("-inf")
        self.lost = False

    def configure(self, witnesses: Mapping[str, Witness]) -> None:
        """Take new witnesses."""
        self._witnesses = witnesses

    async def is_lost(self) -> bool:
        """Return whether we are blind, from an answer not older than a second; callers at one time share one question."""
        if self._clock.monotonic() - self._asked_at < FRESH_SECONDS:
            return self.lost
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)

    async def look(self) -> None:
        """Ask on schedule."""
        await self.is_lost()

    async def _ask(self) -> bool:
        result = await self._verdict()
        if result is not None:
            self.lost = result.state is State.CRIT
            self._board.observe(OWN_NETWORK, Observation(self._clock.now(), result), AT_ONCE)
        elif self.lost:  # it was, by witnesses that are there no more or that something else explains
            self.lost = False
            self._board.forget(OWN_NETWORK, self._clock.now(), "no witness can tell")
        self._asked_at = self._clock.monotonic()
        return self.lost

    async def _verdict(self) -> CheckResult | None:
        """Judge by the carriers and the witnesses that tell something; None when nobody can tell."""
        if not self._witnesses:
            return None
        interfaces = {witness.interface for witness in self._witnesses.values() if witness.interface}
        dark = sorted(name for name in interfaces if not has_carrier(name))
        if dark and len(dark) == len(interfaces):
            return CheckResult(State.CRIT, f"own network lost: no carrier on {', '.join(dark)}")
        telling = [witness for witness in self._witnesses.values() if not self._explained(witness)]
        if not telling:
            return None
        answers = await asyncio.gather(*(self._answers(witness) for witness in telling))
        silent = [witness.name for witness, answered in zip(telling, answers, strict=True) if not answered]
        if len(silent) == len(telling):
            return CheckResult(State.CRIT, f"own network lost: no witness answers ({', '.join(sorted(silent))})")
        return CheckResult(State.OK, f"{len(telling) - len(silent)} of {len(telling)} witnesses answer")

    def _explained(self, witness: Witness) -> bool:
        """Tell whether a device already known to be down explains this witness's silence."""
        if witness.behind is None:
            return False
        return self._board.state(Subject.parse(f"device:{witness.behind}")) in (State.DOWN, State.UNREACHABLE)

    async def _answers(self, witness: Witness) -> bool:
        for _ in range(TRIES):
            try:
                await self._links.icmp.ping(witness.address, PING_SECONDS)
            except CollectError:
                continue
            return True
        return False
