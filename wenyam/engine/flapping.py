"""Flapping: how restless a state was over its last 21 observations, newer changes weighing more."""

TRANSITIONS = 20
"""Changes, or not, between 21 observations."""
ON_SHARE = 0.30
OFF_SHARE = 0.25

_MASK = (1 << TRANSITIONS) - 1
_WEIGHTS = tuple(114 - 2 * age for age in range(TRANSITIONS))
"""1.2 for the newest down to 0.8 for the oldest, as whole 95ths so that the limits are met exactly."""
_WHOLE = sum(_WEIGHTS)


def advance(history: int, changed: bool) -> int:  # noqa: FBT001  # one bit is what this is about
    """Return the history with one more observation, newest in the lowest bit; 1 where the state changed."""
    return (history << 1 | changed) & _MASK


def share(history: int) -> float:
    """Return the weighted share of changes, 0 to 1; a history that is still filling counts as calm before."""
    if not history:
        return 0.0
    return sum(weight for age, weight in enumerate(_WEIGHTS) if history >> age & 1) / _WHOLE


def flapping(history: int, was: bool) -> bool:  # noqa: FBT001  # the state before is one bit
    """Tell whether it flaps: from 30 % on, until the share falls under 25 %."""
    return bool(history) and share(history) >= (OFF_SHARE if was else ON_SHARE)
