"""What nobody has seen for too long is unknown, whoever is to blame; and that there is such a thing is itself a state."""

from collections.abc import Iterable

from wenyam.clock import Clock
from wenyam.engine.agenda import Agenda
from wenyam.engine.board import Board
from wenyam.engine.slices import in_slices
from wenyam.engine.subjects import STALENESS, Subjects
from wenyam.engine.watched import Watched
from wenyam.model.inventory import AT_ONCE
from wenyam.model.states import CheckResult, Observation, State, Subject

SHOWN = 5
LONGEST = 60.0
"""Seconds after which a subject is looked at again, however long its last observation still counts."""
_LATER = 1e-3
"""Seconds: past the look that is under way, so that it comes to its end."""


class Staleness:
    """Lets states go stale from the very moment their last observation stopped counting.

    A subject is looked at when its last observation may have stopped counting, not before: an observation that came since only
    moves that moment on. What is stale is looked at every time.
    """

    def __init__(self, clock: Clock, board: Board, subjects: Subjects) -> None:
        """Take the board, and who knows how long an observation counts."""
        self._clock = clock
        self._board = board
        self._subjects = subjects
        self.begin()

    def begin(self) -> None:
        """Look at everything at the next look: subjects have come or gone, or the wall clock was moved."""
        now = self._clock.monotonic()
        self._life: Agenda[Subject] = Agenda(self._subjects.liveness(), now)
        self._health: Agenda[Watched] = Agenda(self._subjects.watched(), now)

    async def look_at_liveness(self) -> None:
        """Look at liveness that may have gone stale, and say whether any has."""
        stale: list[Subject] = []
        agenda, validities, now = self._life, self._subjects.liveness(), self._clock.monotonic()
        async for subject in in_slices(self._clock, agenda.due(now)):
            mine = {subject: validities[subject]}
            gone = self._board.stale(mine)
            stale += gone
            agenda.postpone(now + (0.0 if gone else self._board.counts_for(mine, LONGEST)) + _LATER)
        self._board.observe(STALENESS, Observation(self._clock.now(), _verdict(stale)), AT_ONCE)

    async def look_at_health(self) -> None:
        """Look at checks that may have gone stale; rows are back-dated, so this need not be done every second."""
        agenda, now = self._health, self._clock.monotonic()
        async for watched in in_slices(self._clock, agenda.due(now)):
            mine = self._subjects.health(watched)
            self._board.stale(mine)
            agenda.postpone(now + (self._board.counts_for(mine, LONGEST) if mine else 0.0) + _LATER)


def _verdict(stale: Iterable[Subject]) -> CheckResult:
    names = sorted(str(subject) for subject in stale)
    if not names:
        return CheckResult(State.OK, "everything was seen in time", value=0.0)
    shown = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
    return CheckResult(State.CRIT, f"not seen in time: {shown}", value=float(len(names)))
