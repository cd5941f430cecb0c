"""Where the picture comes from: the watcher over its control socket, and the database read-only, through `operations` alone.

Everything here runs in a thread beside the screens and hands back a `Change` of the picture. What a screen needs beyond the
states is a `Part`: a name, how often it is gathered anew while somebody looks, and the function that gathers it.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol

from wenyam.clock import Clock
from wenyam.errors import ConfigurationError, WenyamError
from wenyam.model.instance import Configuration
from wenyam.model.instants import MILLISECONDS, Instant
from wenyam.operations.asking import ask_watcher
from wenyam.operations.dashboard import BookReader
from wenyam.operations.status import Present, present
from wenyam.tui.parts import availability, backups, duty, events, figures, glances, history, incident, incidents, recovery
from wenyam.tui.picture import Change, Detail, Picture, Wishes
from wenyam.tui.standings import Standings, standing, standings

LOOK_SECONDS = 2.0
"""How often the states are asked for."""


class Source(Protocol):
    """Whatever the dashboard looks at: the watcher now, or a past night."""

    def look(self, wishes: Wishes, picture: Picture) -> Change:
        """Gather the states and the wished device; called in a thread every two seconds."""

    def fill(self, wishes: Wishes, picture: Picture) -> Change:
        """Gather the wished parts that are due; called in a thread of its own, because some take their time."""

    def act(self, request: dict[str, Any]) -> dict[str, Any]:
        """Have the watcher do something and return its answer; a WenyamError is the sentence to show."""

    def forget(self) -> None:
        """Take every part for old, so that the next filling gathers it anew."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a part is gathered with."""

    configuration: Configuration
    now: Instant
    wishes: Wishes
    picture: Picture
    """What is shown now."""
    books: BookReader


@dataclass(frozen=True, slots=True)
class Part:
    """Something one or more screens need beyond the states."""

    name: str
    every: float
    """Seconds between gatherings while somebody looks."""
    gather: Callable[[Surroundings], Change]


PARTS: Sequence[Part] = (
    Part("incidents", 5.0, lambda at: incidents.gather(at.books, at.configuration, at.now)),
    Part("incident", 4.0, lambda at: incident.gather(at.books, at.configuration, at.now, at.wishes.owner)),
    Part("events", 4.0, lambda at: events.gather(at.configuration, at.now)),
    Part("recovery", 3.0, lambda at: recovery.gather(at.configuration, at.now)),
    Part("duty", 60.0, lambda at: duty.gather(at.configuration, at.now)),
    Part("backups", 30.0, lambda at: backups.gather(at.configuration, at.now)),
    Part("figures", 300.0, lambda at: figures.gather(at.configuration, at.now)),
    Part("availability", 120.0, lambda at: availability.gather(at.configuration, at.now, at.wishes.period)),
    Part("glances", 2.0, lambda at: glances.gather(at.configuration, at.now, at.wishes.in_view, at.picture.glances)),
    Part("history", 30.0, lambda at: history.gather(at.configuration, at.now, at.wishes.owner, at.picture.states)),
)
"""Every part there is; adding one is a file in `parts/` and a line here."""


class WatcherSource:
    """Looks at the running watcher; when it is silent, at what it stored last."""

    def __init__(self, configuration: Configuration, clock: Clock, reload: Callable[[], Configuration] | None = None) -> None:
        """Take the configuration that says where both are; `reload` reads it anew when the watcher goes by another one."""
        self._configuration = configuration
        self._reload = reload
        self._tried = configuration.digest
        self._clock = clock
        self._books = BookReader(configuration)
        self._gathered: dict[tuple[str, str, str], Instant] = {}

    def look(self, wishes: Wishes, picture: Picture) -> Change:
        """Gather the states and the wished device."""
        try:
            view = present(self._configuration, self._clock.now(), picture.revision)
        except WenyamError as error:
            sentence, now = str(error), self._clock.now()
            return lambda shown: replace(shown, at=now, looked=True, live=False, silence=sentence)
        self._follow(view.configuration)
        wished = view.live and wishes.owner.startswith(("device:", "service:"))
        detail = self._detail(wishes.owner) if wished else None
        change = _changed(self._clock.now(), view, _moved(picture.states, view), detail)
        return lambda shown: replace(change(shown), configuration=self._configuration)

    def fill(self, wishes: Wishes, picture: Picture) -> Change:
        """Gather the first wished part that is due, so that it is seen before the next one; `unfilled` says that more wait."""
        now = self._clock.now()
        at = Surroundings(self._configuration, now, wishes, picture, self._books)
        due = [part for part in PARTS if part.name in wishes.parts and self._due(part, now, wishes)]
        change = self._part(due[0], at) if due else _as_it_is
        return lambda shown: replace(change(shown), unfilled=len(due) > 1)

    def act(self, request: dict[str, Any]) -> dict[str, Any]:
        """Ask the watcher."""
        return ask_watcher(self._configuration, request)

    def forget(self) -> None:
        """Take every part for old, so that the next filling gathers it anew."""
        self._gathered.clear()

    def _follow(self, digest: str) -> None:
        """Read the configuration anew once the watcher has taken up another one; what cannot be read is the watcher's to say."""
        if self._reload is not None and digest not in ("", self._tried):
            self._tried = digest
            with suppress(ConfigurationError):
                self._configuration = self._reload()
                self._gathered.clear()

    def _due(self, part: Part, now: Instant, wishes: Wishes) -> bool:
        last = self._gathered.get((part.name, wishes.owner, wishes.period))
        return last is None or now - last >= part.every * MILLISECONDS or now < last

    def _part(self, part: Part, at: Surroundings) -> Change:
        self._gathered[part.name, at.wishes.owner, at.wishes.period] = at.now
        try:
            change = part.gather(at)
        except WenyamError as error:
            sentence = str(error)
            return lambda shown: shown.with_trouble(part.name, sentence)
        return lambda shown: change(shown).with_trouble(part.name, "")

    def _detail(self, owner: str) -> Detail:
        name = owner.partition(":")[2]
        try:
            return Detail(owner, ask_watcher(self._configuration, {"action": "device", "name": name}))
        except WenyamError as error:
            return Detail(owner, silence=str(error))


def _moved(before: Standings, view: Present) -> Standings:
    """Return the states now; the very same set when nothing moved, for what is the same object need not be drawn again."""
    if view.since:
        return before.moved(map(standing, view.states), view.gone) if view.states or view.gone else before
    after = standings(view.states)
    return before if before.by_subject == after.by_subject else after


def _changed(now: Instant, view: Present, states: Standings, detail: Detail | None) -> Change:
    return lambda shown: replace(
        shown,
        at=now,
        looked=True,
        live=view.live,
        age=view.age,
        silence=view.silence,
        revision=view.revision,
        states=states,
        detail=detail or shown.detail,
    )


def _as_it_is(shown: Picture) -> Picture:
    return shown
