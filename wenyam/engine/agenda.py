"""What is to be looked at next: each thing at its own moment, so that nobody goes through all of them again and again."""

import heapq
import itertools
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

_Thing = TypeVar("_Thing")


class Agenda(Generic[_Thing]):
    """Things by the moment of their next look, in seconds of the monotonic clock."""

    def __init__(self, things: Iterable[_Thing], at: float) -> None:
        """Have all of them looked at first at this moment."""
        self._order = itertools.count()
        self._heap = [(at, next(self._order), thing) for thing in things]

    def due(self, now: float) -> Iterator[_Thing]:
        """Yield what is due; whoever takes a thing postpones it before the next one, and what he leaves stays due."""
        while self._heap and self._heap[0][0] <= now:
            yield self._heap[0][2]

    def postpone(self, until: float) -> None:
        """Look at the thing that was just taken at this moment again."""
        heapq.heapreplace(self._heap, (until, next(self._order), self._heap[0][2]))
