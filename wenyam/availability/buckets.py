"""Where a subject's time went: every moment of its life in exactly one bucket (design section 5). Pure, exact integers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wenyam.availability.spans import Span, common, length
from wenyam.availability.timeline import Timeline
from wenyam.model.courses import Course
from wenyam.model.states import State

_KNOWN = (State.UP, State.DOWN, State.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Buckets:
    """Milliseconds spent in each bucket; the first that matches wins: unknown, up, planned, unreachable, down."""

    unknown: int = 0
    up: int = 0
    planned: int = 0
    """Down or unreachable inside a planned window; up time in a window is up."""
    unreachable: int = 0
    down: int = 0

    @property
    def life(self) -> int:
        """Milliseconds of life, the sum of all buckets."""
        return self.unknown + self.up + self.planned + self.unreachable + self.down


def pooled(parts: Iterable[Buckets]) -> Buckets:
    """Return the sum of the members' time, bucket by bucket."""
    unknown = up = planned = unreachable = down = 0
    for part in parts:
        unknown += part.unknown
        up += part.up
        planned += part.planned
        unreachable += part.unreachable
        down += part.down
    return Buckets(unknown, up, planned, unreachable, down)


def count(line: Timeline, planned: Sequence[Span] = ()) -> Buckets:
    """Sum a timeline into buckets; `planned` is sorted and disjoint."""
    if line.absences:
        return pooled(count(piece, planned) for piece in line.pieces())
    up, down, unreachable = Course.of(line.changes).spent(line.start, line.end, line.initial, _KNOWN)
    planned_down = planned_unreachable = 0
    if planned and (down or unreachable):
        planned_down = length(common(line.spans_in(State.DOWN), planned))
        planned_unreachable = length(common(line.spans_in(State.UNREACHABLE), planned))
    return Buckets(
        # Whatever is no liveness state is unknown too, so that nothing can fall between the buckets.
        unknown=line.end - line.start - up - down - unreachable,
        up=up,
        planned=planned_down + planned_unreachable,
        unreachable=unreachable - planned_unreachable,
        down=down - planned_down,
    )
