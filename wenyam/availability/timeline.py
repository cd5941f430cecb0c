"""One subject's liveness over the part of a period in which it lived. Pure; no object per change, so that millions are cheap."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from wenyam.availability.spans import Span, without
from wenyam.model.courses import Change, Course
from wenyam.model.instants import Instant, Period
from wenyam.model.states import State

__all__ = ["Change", "Timeline", "timeline"]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The state at `start`, then each change, until `end`; changes outside [start, end) have no effect but their state.

    A change dated before the one it follows counts from that one on.
    """

    start: Instant
    end: Instant
    initial: State
    changes: Sequence[Change] = ()
    absences: Sequence[Span] = ()
    """Stretches in which the subject was out of the inventory; they are no part of its life."""

    def pieces(self) -> list["Timeline"]:
        """Return the uninterrupted parts of this life."""
        if not self.absences:
            return [self]
        present = without([(self.start, self.end)], self.absences)
        return [Timeline(start, end, self.initial, self.changes) for start, end in present]

    @property
    def lives(self) -> bool:
        """True when there is any time in it."""
        return self.end > self.start if not self.absences else any(piece.end > piece.start for piece in self.pieces())

    def spans(self) -> Iterator[tuple[Instant, Instant, State]]:
        """Yield maximal stretches of one state, in order, covering the life exactly."""
        return chain.from_iterable(piece._stretches() for piece in self.pieces())  # noqa: SLF001 - pieces are timelines too

    def _stretches(self) -> Iterator[tuple[Instant, Instant, State]]:
        begun, held = since, state = self.start, self.initial
        for instant, following in chain(self.changes, ((self.end, self.initial),)):
            if instant > since:
                # Time was spent in `state`; a state that lasted no time at all never gets here.
                if state is not held:
                    if since > begun:
                        yield begun, since, held
                    begun, held = since, state
                since = instant
                if instant >= self.end:
                    break
            state = following
        if self.end > begun:
            yield begun, self.end, held

    def spans_in(self, *states: State) -> list[Span]:
        """Return the stretches spent in any of these states, joined where they touch."""
        found: list[Span] = []
        for start, end, state in self.spans():
            if state not in states:
                continue
            if found and found[-1][1] == start:
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
        return found


def timeline(
    period: Period,
    initial: State,
    changes: Sequence[Change],
    *,
    now: Instant,
    known_until: Instant,
    born: Instant | None = None,
    retired: Instant | None = None,
    absences: Sequence[Span] = (),
) -> Timeline:
    """Cut a history to the subject's life and to the past; after `known_until` (last heartbeat) nobody looked: unknown."""
    start = max(period.start, born) if born is not None else period.start
    end = min(period.end, now, retired) if retired is not None else min(period.end, now)
    end = max(start, end)
    if known_until >= end:
        return Timeline(start, end, initial, changes, absences)
    if known_until <= start:
        return Timeline(start, end, State.UNKNOWN, (), absences)
    # Only the changes before the last heartbeat are evidence.
    return Timeline(start, end, initial, Course.of(changes).cut(known_until, State.UNKNOWN), absences)
