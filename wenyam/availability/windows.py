"""Planned work as spans: when a window counts, given when it was approved, entered and withdrawn. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from wenyam.availability.spans import Span, merged
from wenyam.model.instants import Instant


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One taking place of a planned window; a recurring window has many."""

    starts: Instant
    ends: Instant
    approved_at: Instant
    entered_at: Instant
    """When this instance first learned of the window."""
    withdrawn_at: Instant | None = None

    @property
    def counted(self) -> Span:
        """The stretch that counts as planned; its end is not after its start when none does.

        Nobody can plan the past: what was approved or entered late counts from then, what was withdrawn stops there.
        """
        start = max(self.starts, self.approved_at, self.entered_at)
        end = self.ends if self.withdrawn_at is None else min(self.ends, self.withdrawn_at)
        return start, end


def planned_spans(occurrences: Iterable[Occurrence]) -> list[Span]:
    """Return when work counted as planned, sorted and disjoint."""
    return merged(occurrence.counted for occurrence in occurrences)
