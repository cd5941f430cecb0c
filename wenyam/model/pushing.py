"""Copies of the settings at the other site: where they are pushed to, and whose are received here."""

from dataclasses import dataclass

HOUR = 3600.0
USUAL_AGE = 26 * HOUR
"""A day between two pushes, and time to notice that one failed."""


@dataclass(frozen=True, slots=True)
class SisterPlan:
    """The machine of the other Wenyam, to which the settings of this one are pushed."""

    host: str
    """Device of the inventory."""
    port: int
    credential: str
    folder: str
    """Absolute; the copy lies in `from-INSTANCE` below it."""
    maximum_age: float = USUAL_AGE
    """Seconds after which the last push is too old."""
    legacy_crypto: bool = False


@dataclass(frozen=True, slots=True)
class ReceivedPlan:
    """Copies of others' settings on this machine."""

    folder: str
    instances: tuple[str, ...]
    """The instances whose copies must be there."""
    maximum_age: float = USUAL_AGE
    """Seconds after which a copy is too old."""
