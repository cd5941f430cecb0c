"""How a state went over time, in two columns and not as a pair for each change: a million changes are no million objects."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, compress
from operator import eq, lt, ne, sub
from typing import cast, overload

from wenyam.model.instants import Instant
from wenyam.model.states import State

Change = tuple[Instant, State]
"""From this instant on, this state."""

LETTERS: dict[State, str] = {
    State.UP: "u", State.DOWN: "d", State.UNREACHABLE: "r", State.UNKNOWN: "k", State.OK: "o", State.WARN: "w", State.CRIT: "c",
}  # fmt: skip
"""How a state is written in a course; the query `course_of_subject` writes the same."""
_CODES = {state: ord(letter) for state, letter in LETTERS.items()}
_STATES = {code: state for state, code in _CODES.items()}
_MASKS = {state: bytes(each == code for each in range(256)) for state, code in _CODES.items()}


class Course(Sequence[Change]):
    """Changes of one state in the order of time; equal to any other sequence of the same changes. Never changed itself."""

    __slots__ = ("instants", "letters")

    def __init__(self, instants: "array[int]", letters: bytes) -> None:
        """Take instants, none before the one it follows, and a letter for each; ValueError when they do not pair up."""
        if len(instants) != len(letters):
            raise ValueError(f"{len(instants)} instants for {len(letters)} states")
        self.instants, self.letters = instants, letters

    @classmethod
    def of(cls, changes: Sequence[Change]) -> "Course":
        """Return the course of these changes; one dated before the one it follows counts from that one on."""
        if isinstance(changes, Course):
            return changes
        return cls(
            array("q", accumulate((instant for instant, _ in changes), max)),
            "".join(LETTERS[state] for _, state in changes).encode(),
        )

    def cut(self, instant: Instant, state: State) -> "Course":
        """Return what came before this instant, and from then on nothing but this state."""
        kept = bisect_left(self.instants, instant)
        return Course(self.instants[:kept] + array("q", (instant,)), self.letters[:kept] + LETTERS[state].encode())

    def spent(self, start: Instant, end: Instant, initial: State, states: Iterable[State]) -> list[int]:
        """Return how many milliseconds of [start, end) were spent in each of the states; `initial` is what it was before all."""
        edges, letters = self._inside(start, end, initial)
        lengths = [*map(sub, edges[1:], edges)]
        return [sum(compress(lengths, letters.translate(_MASKS[state]))) if _CODES[state] in letters else 0 for state in states]

    def begun(self, start: Instant, end: Instant, initial: State, states: Iterable[State]) -> list[int]:
        """Return when each stretch of these states began in [start, end), in order; one that goes on from before at `start`."""
        edges, letters = self._inside(start, end, initial)
        lasting = [*map(lt, edges, edges[1:])]
        if not all(lasting):  # what lasted no time at all was never there
            edges, letters = [*compress(edges, lasting)], bytes(compress(letters, lasting))
        new = map(ne, letters, b"\0" + letters)
        wanted = [_CODES[state] for state in states]
        return [edge for edge, letter, is_new in zip(edges, letters, new, strict=False) if is_new and letter in wanted]

    def bounds(self, start: Instant, end: Instant, initial: State, states: Iterable[State]) -> list[tuple[list[int], list[int]]]:
        """Return for each of the states where its stretches in [start, end) begin and where they end; some may touch."""
        edges, letters = self._inside(start, end, initial)
        masks = [letters.translate(_MASKS[state]) for state in states]
        return [([*compress(edges, mask)], [*compress(edges[1:], mask)]) for mask in masks]

    def _inside(self, start: Instant, end: Instant, initial: State) -> tuple[list[int], bytes]:
        """Return the edges of the stretches that lie in [start, end), `end` the last of them, and the letter of each."""
        first = bisect_right(self.instants, start)
        last = bisect_left(self.instants, end, first)
        letters = (self.letters[first - 1 : first] or LETTERS[initial].encode()) + self.letters[first:last]
        return [start, *self.instants[first:last], end], letters

    def __len__(self) -> int:
        """Return how many changes there are."""
        return len(self.letters)

    @overload
    def __getitem__(self, place: int) -> Change: ...
    @overload
    def __getitem__(self, place: slice) -> "Course": ...
    def __getitem__(self, place: int | slice) -> "Change | Course":
        """Return one change, or a part of the course."""
        if isinstance(place, slice):
            return Course(self.instants[place], self.letters[place])
        return Instant(self.instants[place]), _STATES[self.letters[place]]

    def __iter__(self) -> Iterator[Change]:
        """Yield each change."""
        return zip(cast("Iterable[Instant]", self.instants), map(_STATES.__getitem__, self.letters), strict=True)

    def __eq__(self, other: object) -> bool:
        """Tell whether the other is a sequence of the same changes."""
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    def __hash__(self) -> int:
        """Return what a tuple of the same changes has."""
        return hash(tuple(self))

    def __repr__(self) -> str:
        """Write the changes."""
        return f"Course{tuple(self)}"
