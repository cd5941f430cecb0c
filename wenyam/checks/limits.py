"""Two limits and a direction: which row is worst, and what that makes it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from wenyam.model.states import State


class Direction(StrEnum):
    """On which side of the limits it gets worse."""

    ABOVE = "above"
    BELOW = "below"

    @property
    def sign(self) -> str:
        """How a reached limit is written."""
        return "≥" if self is Direction.ABOVE else "≤"


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits that are reached by touching them."""

    warn: float | None
    crit: float | None
    direction: Direction

    def state_of(self, value: float) -> State:
        """Judge one value; what is not a finite number is UNKNOWN."""
        if not math.isfinite(value):
            return State.UNKNOWN
        if self._reached(value, self.crit):
            return State.CRIT
        return State.WARN if self._reached(value, self.warn) else State.OK

    def limit_of(self, state: State) -> float | None:
        """Return the limit that made this state, or the next one ahead of a good value."""
        if state is State.CRIT:
            return self.crit
        return self.crit if self.warn is None else self.warn

    def worst(self, values: Sequence[float]) -> int:
        """Return the index of the worst value; one that is no number is worse than a good one only."""
        finite = [index for index, value in enumerate(values) if math.isfinite(value)]
        if not finite:
            return 0
        pick = max if self.direction is Direction.ABOVE else min
        extreme = pick(finite, key=values.__getitem__)
        if len(finite) == len(values) or self.state_of(values[extreme]) is not State.OK:
            return extreme
        return next(index for index, value in enumerate(values) if not math.isfinite(value))

    def _reached(self, value: float, limit: float | None) -> bool:
        if limit is None:
            return False
        return value >= limit if self.direction is Direction.ABOVE else value <= limit


def require_limits(
    warn: float | None, crit: float | None, direction: Direction, write: Callable[[float], str] = "{:g}".format
) -> None:
    """Refuse, with a sentence, limits that are missing or in the wrong order."""
    if warn is None and crit is None:
        raise ValueError("give warn, crit or both")
    if warn is None or crit is None:
        return
    if direction is Direction.ABOVE and warn > crit:
        raise ValueError(f"warn ({write(warn)}) must not be above crit ({write(crit)}) when it gets worse upwards")
    if direction is Direction.BELOW and warn < crit:
        raise ValueError(f"warn ({write(warn)}) must not be below crit ({write(crit)}) when it gets worse downwards")
