"""What nobody has seen for too long is unknown, whoever is to blame; and that there is such a thing is itself a state."""

from collections.abc import Callable, Iterable, Mapping

from wenyam.engine.board import Board
from wenyam.model.instants import Instant
from wenyam.model.inventory import AT_ONCE
from wenyam.model.states import CheckResult, Observation, State, Subject, SubjectKind

STALENESS = Subject(SubjectKind.MONITOR, "observation", "fresh")
SHOWN = 5

Validities = Callable[[], Mapping[Subject, float]]
"""Seconds one observation counts for, by subject."""


class Staleness:
    """Looks over every subject and lets states go stale from the very moment their last observation stopped counting."""

    def __init__(self, board: Board, liveness: Validities, health: Validities) -> None:
        """Take the board, and what gives the validities of life and of health."""
        self._board = board
        self._liveness = liveness
        self._health = health

    def look_at_liveness(self, now: Instant) -> None:
        """Look over all liveness, and say whether any of it went stale."""
        stale = self._board.stale(self._liveness())
        self._board.observe(STALENESS, Observation(now, _verdict(stale)), AT_ONCE)

    def look_at_health(self) -> None:
        """Look over all checks; there are many, and rows are back-dated, so this need not be done every second."""
        self._board.stale(self._health())


def _verdict(stale: Iterable[Subject]) -> CheckResult:
    names = sorted(str(subject) for subject in stale)
    if not names:
        return CheckResult(State.OK, "everything was seen in time", value=0.0)
    shown = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
    return CheckResult(State.CRIT, f"not seen in time: {shown}", value=float(len(names)))
