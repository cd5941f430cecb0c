"""What nobody has seen for too long is unknown, whoever is to blame; and that there is such a thing is itself a state."""

from collections.abc import Iterable, Iterator, Mapping

from wenyam.clock import Clock
from wenyam.engine.board import Board
from wenyam.engine.slices import in_slices
from wenyam.engine.subjects import STALENESS, Subjects
from wenyam.model.inventory import AT_ONCE
from wenyam.model.states import CheckResult, Observation, State, Subject

SHOWN = 5

Validities = Mapping[Subject, float]
"""Seconds one observation counts for, by subject."""
_PORTION = 500
"""Subjects looked over together: far less than a slice."""


class Staleness:
    """Looks over every subject and lets states go stale from the very moment their last observation stopped counting."""

    def __init__(self, clock: Clock, board: Board, subjects: Subjects) -> None:
        """Take the board, and who knows how long an observation counts."""
        self._clock = clock
        self._board = board
        self._subjects = subjects

    async def look_at_liveness(self) -> None:
        """Look over all liveness, and say whether any of it went stale."""
        stale: list[Subject] = []
        async for portion in in_slices(self._clock, _portions(self._subjects.liveness())):
            stale += self._board.stale(portion)
        self._board.observe(STALENESS, Observation(self._clock.now(), _verdict(stale)), AT_ONCE)

    async def look_at_health(self) -> None:
        """Look over all checks; there are many, and rows are back-dated, so this need not be done every second."""
        async for watched in in_slices(self._clock, self._subjects.watched()):
            self._board.stale(self._subjects.health(watched))


def _portions(validities: Validities) -> Iterator[Validities]:
    rows = list(validities.items())
    return (dict(rows[begin : begin + _PORTION]) for begin in range(0, len(rows), _PORTION))


def _verdict(stale: Iterable[Subject]) -> CheckResult:
    names = sorted(str(subject) for subject in stale)
    if not names:
        return CheckResult(State.OK, "everything was seen in time", value=0.0)
    shown = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
    return CheckResult(State.CRIT, f"not seen in time: {shown}", value=float(len(names)))
