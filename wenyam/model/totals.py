"""Running totals: what every life had spent in each state by one moment, in columns: ten thousand lives are no objects."""

from collections.abc import Sequence
from dataclasses import dataclass

from wenyam.model.states import Subject


@dataclass(frozen=True, slots=True)
class Totals:
    """One moment. Columns in milliseconds, a place for each life; all moments of one answer have their lives in the same places.

    Only differences between two moments mean anything. A subject that left the inventory and came back has two lives.
    """

    subjects: Sequence[Subject]
    lived: Sequence[int]
    """How long the life had lasted."""
    up: Sequence[int]
    down: Sequence[int]
    unreachable: Sequence[int]
