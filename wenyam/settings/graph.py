"""Cycles in what hangs on what."""

from collections.abc import Iterator, Mapping, Sequence


def cycles(edges: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Yield each cycle a walk along the edges runs into, beginning with its smallest name; no recursion, each edge once."""
    done: set[str] = set()
    for start in sorted(edges):
        trail: list[str] = []
        on_trail: set[str] = set()
        stack: list[tuple[str, bool]] = [(start, True)]
        while stack:
            name, entering = stack.pop()
            if not entering:
                trail.pop()
                on_trail.discard(name)
                done.add(name)
            elif name in on_trail:
                yield _from_smallest(trail[trail.index(name) :])
            elif name not in done:
                trail.append(name)
                on_trail.add(name)
                stack.append((name, False))
                stack.extend((following, True) for following in reversed(edges.get(name, ())))


def _from_smallest(cycle: list[str]) -> tuple[str, ...]:
    first = cycle.index(min(cycle))
    return (*cycle[first:], *cycle[:first])
