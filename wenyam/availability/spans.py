"""Arithmetic on sorted, disjoint, half-open stretches of time in milliseconds. Pure."""

from collections.abc import Iterable, Sequence

from wenyam.model.instants import Instant

Span = tuple[Instant, Instant]
"""A half-open stretch [start, end) in milliseconds, never empty."""


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the same moments as sorted, disjoint spans; empty ones vanish and touching ones join."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def common(first: Sequence[Span], second: Sequence[Span]) -> list[Span]:
    """Return the moments that lie in both."""
    found: list[Span] = []
    left = right = 0
    while left < len(first) and right < len(second):
        start = max(first[left][0], second[right][0])
        end = min(first[left][1], second[right][1])
        if start < end:
            found.append((start, end))
        if first[left][1] <= second[right][1]:
            left += 1
        else:
            right += 1
    return found


def without(spans: Sequence[Span], cut: Sequence[Span]) -> list[Span]:
    """Return the moments of `spans` that do not lie in `cut`."""
    if not spans:
        return []
    return common(spans, _gaps(cut, spans[0][0], spans[-1][1]))


def length(spans: Iterable[Span]) -> int:
    """Return how long they are together, in milliseconds."""
    return sum(end - start for start, end in spans)


def _gaps(spans: Sequence[Span], start: Instant, end: Instant) -> list[Span]:
    edges = [start, *(edge for span in spans for edge in span), end]
    return [(left, right) for left, right in zip(edges[::2], edges[1::2], strict=True) if left < right]
