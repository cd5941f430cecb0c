"""Timelines cut into days (or any other neighbouring stretches): where the time of each went. Pure, exact integers."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from operator import sub

from wenyam.availability.buckets import Buckets
from wenyam.availability.spans import Span, common
from wenyam.availability.timeline import Timeline
from wenyam.model.courses import Course
from wenyam.model.instants import Instant
from wenyam.model.states import State

_LIVENESS = (State.UP, State.DOWN, State.UNREACHABLE)
_EXCUSED = (State.DOWN, State.UNREACHABLE)
"""What is planned inside a planned span."""


def daily(parts: Iterable[tuple[Timeline, Sequence[Span]]], edges: Sequence[Instant]) -> list[Buckets]:
    """Return the buckets of each stretch between two edges, of some lines together, each with its planned spans.

    Planned spans are sorted and disjoint, `edges` ascend. The days together are what `count` says of the lines, as far as
    they lie between the edges.
    """
    life, liveness, excused = _Flow(), [_Flow() for _ in _LIVENESS], [_Flow() for _ in _EXCUSED]
    for line, planned in parts:
        for piece in line.pieces():
            life.add([piece.start], [piece.end])
            bounds = Course.of(piece.changes).bounds(piece.start, piece.end, piece.initial, _LIVENESS)
            for flow, (starts, ends) in zip(liveness, bounds, strict=True):
                flow.add(starts, ends)
        for flow, state in zip(excused, _EXCUSED, strict=True) if planned else ():
            flow.add_spans(common(line.spans_in(state), planned))
    days = (zip(*(flow.between(edges) for flow in flows), strict=True) for flows in (liveness, excused))
    return [*map(_buckets, life.between(edges), *days)]


def _buckets(life: int, liveness: Sequence[int], excused: Sequence[int]) -> Buckets:
    """Return a day from its life, its liveness (up, down, unreachable) and the planned part of the last two."""
    (up, down, unreachable), (planned_down, planned_unreachable) = liveness, excused
    return Buckets(
        unknown=life - up - down - unreachable,
        up=up,
        planned=planned_down + planned_unreachable,
        unreachable=unreachable - planned_unreachable,
        down=down - planned_down,
    )


class _Flow:
    """Time of many stretches: until any moment it is what every begin before it gave, without what every end took back."""

    def __init__(self) -> None:
        """Hold none."""
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, starts: Iterable[int], ends: Iterable[int]) -> None:
        """Take stretches, their begins and their ends each in any order."""
        self._starts += starts
        self._ends += ends

    def add_spans(self, spans: Sequence[Span]) -> None:
        """Take stretches that are spans."""
        self.add([start for start, _ in spans], [end for _, end in spans])

    def between(self, edges: Sequence[Instant]) -> Iterator[int]:
        """Yield how many milliseconds lie between each two edges."""
        until = [*map(sub, _passed(self._starts, edges), _passed(self._ends, edges))]
        return (later - earlier for earlier, later in pairwise(until))


def _passed(instants: Iterable[int], edges: Sequence[Instant]) -> Iterator[int]:
    """Yield for each edge how long ago the instants before it are, all together."""
    ordered = sorted(instants)
    sums = [0, *accumulate(ordered)]
    for edge in edges:
        before = bisect_left(ordered, edge)
        yield before * edge - sums[before]
