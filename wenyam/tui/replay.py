"""A past night on the same screens, at a chosen speed. Nothing of the present is asked, and nothing can be done."""

from dataclasses import replace
from typing import Any

from wenyam.clock import Clock
from wenyam.errors import WenyamError
from wenyam.i18n.translate import mark
from wenyam.model.instants import Instant, after
from wenyam.operations.events import of_changes
from wenyam.operations.replay import Past
from wenyam.tui.picture import Change, Picture, Wishes
from wenyam.tui.standings import standing

_KNOWN = frozenset({"events"})
ONLY = mark("A replay shows states and events only.")
"""Why the other parts are not there; said in the reader's language where it is shown."""


class ReplayError(WenyamError):
    """This is a replay of the past."""

    hint = "Leave it with q and open the dashboard without --replay."


class ReplaySource:
    """Shows the states as they were known at each moment of the stretch, then stands still at its end."""

    def __init__(self, past: Past, clock: Clock, speed: float) -> None:
        """Take what happened and how many seconds of it pass in one."""
        self._past = past
        self._clock = clock
        self._speed = speed
        self._begun = clock.monotonic()
        self._shown: Instant | None = None

    @property
    def moment(self) -> Instant:
        """The moment of the past that is shown now."""
        period = self._past.period
        return min(period.end, after(period.start, (self._clock.monotonic() - self._begun) * self._speed))

    def look(self, _wishes: Wishes, picture: Picture) -> Change:
        """Move the states on to the present moment of the replay."""
        now = self.moment
        rows = list(self._past.rows(self._shown, now))
        self._shown = now
        states = picture.states.moved(map(standing, rows)) if rows else picture.states
        said = "end" if now >= self._past.period.end else f"×{self._speed:g}"
        return lambda shown: replace(shown, at=now, looked=True, live=True, age=0.0, states=states, replayed=said)

    def fill(self, wishes: Wishes, _picture: Picture) -> Change:
        """Show the events until now; of everything else say that a replay does not have it."""
        events = tuple(of_changes(self._past.events(self.moment)))

        def change(shown: Picture) -> Picture:
            for part in wishes.parts - _KNOWN:
                shown = shown.with_trouble(part, ONLY)
            return replace(shown, events=events)

        return change

    def act(self, _request: dict[str, Any]) -> dict[str, Any]:
        """Refuse: the past cannot be changed."""
        raise ReplayError

    def forget(self) -> None:
        """Have nothing to forget."""
