"""The dashboard of a large site on a real terminal, for `scripts/bench tui`: so many devices, checks and changes a second."""

import os
import sys
from dataclasses import replace
from itertools import cycle, islice
from time import monotonic
from typing import Any

from wenyam.model.instants import after
from wenyam.model.states import State
from wenyam.testing.pictures import FixedSource, large
from wenyam.tui.app import WenyamApp
from wenyam.tui.picture import Change, Picture, Wishes
from wenyam.tui.standings import Standings

LOOK_SECONDS = 2.0
_ENDED = 0.01
"""Seconds after which the thread of a look has ended; while it has not, the next one would wait for the next two seconds."""
_NEXT = {State.UP: State.DOWN, State.DOWN: State.UP, State.OK: State.CRIT, State.CRIT: State.OK}


class ChangingSource(FixedSource):
    """At every look half of the changes are states that go bad, through the whole site by turns; half are good again."""

    def __init__(self, shown: Picture, per_second: float, *, hurried: bool = False) -> None:
        """Take the first picture, the changes a second, and whether two seconds pass at every look instead of the real ones."""
        super().__init__(shown)
        self._hurried = hurried
        self._begun = monotonic()
        self._per_look = round(per_second * LOOK_SECONDS)
        self._turn = cycle([*shown.states.by_subject])
        self._bad: list[str] = []

    def look(self, wishes: Wishes, picture: Picture) -> Change:
        """Move the next states on."""
        self.wished.append(wishes)
        if self._hurried:
            now = after(picture.at or self.shown.at, LOOK_SECONDS)
        else:
            now = after(self.shown.at, monotonic() - self._begun)
        known = picture.states.by_subject or self.shown.states.by_subject
        states = picture.states if picture.states.by_subject else self.shown.states
        self.shown = replace(self.shown, states=Standings())  # as with a watcher, what was is kept by nobody
        failing = list(islice(self._turn, self._per_look // 2))
        moved = [known[subject] for subject in (*self._bad, *failing)]
        self._bad = failing
        if moved:
            states = states.moved(replace(each, state=_NEXT.get(each.state, State.UP), since=now) for each in moved)
        return lambda before: replace(before, at=now, looked=True, live=True, age=0.4, states=states)


class Hurried(WenyamApp):
    """Looks as often as it can, so many times, then and ends."""

    def __init__(self, source: ChangingSource, picture: Picture, looks: int) -> None:
        """Take how many looks there are."""
        super().__init__(source, picture, "en", "problems")
        self._left = looks

    def take(self, change: Change) -> None:
        """Show it and look again at once."""
        super().take(change)
        self._left -= 1
        if self._left == 0:
            self.exit()
        elif self._left > 0:
            self.set_timer(_ENDED, self.gather)


def main(words: list[str]) -> None:
    """Show a site: PIPE DEVICES CHECKS CHANGES_A_SECOND LOOKS; unless LOOKS is 0 it hurries through so many and ends."""
    pipe, devices, checks, changes, looks = int(words[0]), int(words[1]), int(words[2]), float(words[3]), int(words[4])
    source = ChangingSource(large(devices, checks), changes, hurried=looks > 0)
    first = Picture(source.shown.configuration)
    os.write(pipe, f"ready {monotonic()}\n".encode())
    os.close(pipe)
    app: Any = Hurried(source, first, looks) if looks else WenyamApp(source, first, "en", "devices")
    app.run()


if __name__ == "__main__":
    main(sys.argv[1:])
