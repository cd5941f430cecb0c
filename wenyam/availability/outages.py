"""The outages of a timeline, and the time in which nobody could see anything. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from wenyam.availability.spans import Span, common, length, merged, without
from wenyam.availability.timeline import Timeline
from wenyam.model.courses import Course
from wenyam.model.instants import Instant
from wenyam.model.states import State

_BAD = (State.DOWN, State.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Outage:
    """One stretch of DOWN or UNREACHABLE, cut to the period."""

    start: Instant
    end: Instant
    state: State
    planned: int = 0
    """Milliseconds of it inside planned windows."""
    began_before: bool = False
    """True when it had begun before the period, so that its real start is earlier."""
    goes_on: bool = False
    """True when it lasts at least until the end of what is known."""

    @property
    def duration(self) -> int:
        """Milliseconds inside the period."""
        return self.end - self.start


def outages(line: Timeline, planned: Sequence[Span] = ()) -> list[Outage]:
    """Return every outage in order; DOWN and UNREACHABLE next to each other are two."""
    return [
        Outage(
            start,
            end,
            state,
            planned=length(common([(start, end)], planned)),
            began_before=start == line.start,
            goes_on=end == line.end,
        )
        for start, end, state in line.spans()
        if state in _BAD
    ]


def beginnings(line: Timeline) -> list[Instant]:
    """Return when each outage begins, in order: what `outages` says, for those who only count them."""
    found: list[int] = []
    for piece in line.pieces():
        found += Course.of(piece.changes).begun(piece.start, piece.end, piece.initial, _BAD)
    return cast("list[Instant]", found)


def blind_spans(lines: Iterable[Timeline]) -> list[Span]:
    """Return when at least one subject lived and every living one was unknown: the monitor saw nothing at all."""
    kept = list(lines)
    found = merged((piece.start, piece.end) for line in kept for piece in line.pieces())
    for line in kept:
        if not found:
            break
        found = without(found, line.spans_in(State.UP, *_BAD))
    return found
