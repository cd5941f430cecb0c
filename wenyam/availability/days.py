"""A timeline cut into days (or any other neighbouring stretches): where the time of each went. Pure, exact integers."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from wenyam.availability.buckets import Buckets
from wenyam.availability.spans import Span, common, without
from wenyam.availability.timeline import Timeline
from wenyam.model.instants import Instant
from wenyam.model.states import State

_LIVENESS = (State.UP, State.DOWN, State.UNREACHABLE)


def daily(line: Timeline, planned: Sequence[Span], edges: Sequence[Instant]) -> list[Buckets]:
    """Return the buckets of each stretch between two edges; `planned` is sorted and disjoint, `edges` ascend.

    Together they are what `count` says of the whole line, as far as it lies between the edges.
    """
    life = [span for piece in line.pieces() if piece.end > piece.start for span in [(piece.start, piece.end)]]
    up, down, unreachable = (line.spans_in(state) for state in _LIVENESS)
    bad = sorted([*down, *unreachable])
    parts = (
        _lengths(without(life, sorted([*up, *bad])), edges),
        _lengths(up, edges),
        _lengths(common(bad, planned), edges),
        _lengths(without(unreachable, planned), edges),
        _lengths(without(down, planned), edges),
    )
    return [Buckets(*day) for day in zip(*parts, strict=True)]


def _lengths(spans: Sequence[Span], edges: Sequence[Instant]) -> Iterator[int]:
    """Yield how many milliseconds of the spans lie in each stretch; both are walked once."""
    place = 0
    for start, end in pairwise(edges):
        found = 0
        while place < len(spans) and spans[place][1] <= start:
            place += 1
        at = place
        while at < len(spans) and spans[at][0] < end:
            found += min(spans[at][1], end) - max(spans[at][0], start)
            at += 1
        yield found
