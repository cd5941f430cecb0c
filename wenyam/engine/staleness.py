"""What nobody has seen for too long is unknown, whoever is to blame; and that there is such a thing is itself a state."""

from collections.abc import Callable, Iterable, Mapping

from wenyam.engine.board import Board
from wenyam.model.instants import Instant
from wenyam.model.inventory import Policy
from wenyam.model.states import CheckResult, Observation, State, Subject, SubjectKind

STALENESS = Subject(SubjectKind.MONITOR, "observation", "fresh")
SHOWN = 5

Validities = Callable[[], Mapping[Subject, float]]


class Staleness:
    """Looks over every subject and lets states go stale from the very moment their last observation stopped counting."""

    def __init__(self, board: Board, validities: Validities) -> None:
        """Take the board; `validities` gives the seconds one observation counts for, by subject."""
        self._board = board
        self._validities = validities

    def look(self, now: Instant) -> None:
        """Look over all subjects once."""
        stale = self._board.stale(self._validities())
        self._board.observe(STALENESS, Observation(now, _verdict(stale)), Policy(after=1, of=1))


def _verdict(stale: Iterable[Subject]) -> CheckResult:
    names = sorted(str(subject) for subject in stale)
    if not names:
        return CheckResult(State.OK, "everything was seen in time", value=0.0)
    shown = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
    return CheckResult(State.CRIT, f"not seen in time: {shown}", value=float(len(names)))
