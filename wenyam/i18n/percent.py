"""Shares as percentages, the one way they are rounded: what is not all is never 100.00, what is not nothing never 0.00."""

from math import floor
from typing import Final

_PERCENT: Final = 100
_STEPS: Final = 100
"""Percentages have two decimals."""


def percent(ratio: float) -> str:
    """Write a ratio with two decimals and no sign, half up, but never as all or nothing unless it is."""
    steps = floor(ratio * _PERCENT * _STEPS + 0.5)
    if ratio < 1:
        steps = min(steps, _PERCENT * _STEPS - 1)
    if ratio > 0:
        steps = max(steps, 1)
    return f"{steps // _STEPS}.{steps % _STEPS:02d}"
