"""Planned windows: which one is in force for a subject at a moment. Recurring ones are unrolled ahead of time."""

from collections.abc import Iterable

from wenyam.availability.windows import Occurrence
from wenyam.model.instants import Instant, Period, after
from wenyam.model.inventory import PlannedWindow
from wenyam.model.states import Subject
from wenyam.settings import schedule
from wenyam.store.interface import EnteredWindow

AHEAD_SECONDS = 8 * 86_400.0


def occurrences(entered: EnteredWindow, within: Period, time_zone: str) -> list[Occurrence]:
    """Return every taking place of a window that touches the period."""
    window = entered.window
    return [
        Occurrence(period.start, period.end, window.approved_at, entered.entered_at, entered.withdrawn_at)
        for period in _stretches(window, within, time_zone)
    ]


def _stretches(window: PlannedWindow, within: Period, time_zone: str) -> list[Period]:
    if window.starts is not None and window.ends is not None:
        return [Period(window.starts, window.ends)]
    if window.schedule is None or window.duration is None:
        return []
    looking = Period(after(within.start, -window.duration), within.end)
    starts = schedule.parse(window.schedule, time_zone).occurrences(looking)
    return [Period(start, after(start, window.duration)) for start in starts]


class WindowPlan:
    """The coming days' windows by subject, unrolled anew each day and after every reload."""

    def __init__(self, time_zone: str) -> None:
        """Recurring windows are meant in this zone."""
        self._time_zone = time_zone
        self._entered: list[EnteredWindow] = []
        self._by_subject: dict[Subject, list[tuple[int, int, str]]] = {}
        self._unrolled = Period(Instant(0), Instant(0))

    def load(self, entered: Iterable[EnteredWindow]) -> None:
        """Take the windows this instance knows."""
        self._entered = list(entered)
        self._unrolled = Period(Instant(0), Instant(0))

    def in_force(self, subject: Subject, at: Instant) -> str | None:
        """Return the name of the window a subject (or the owner of a check) is in."""
        if not self._entered:
            return None
        if not self._unrolled.contains(at):
            self._unroll(at)
        for start, end, name in self._by_subject.get(subject.owner, ()):
            if start <= at < end:
                return name
        return None

    def _unroll(self, at: Instant) -> None:
        self._unrolled = Period(after(at, -AHEAD_SECONDS), after(at, AHEAD_SECONDS / 2))
        self._by_subject = {}
        for entered in self._entered:
            counted = [occurrence.counted for occurrence in occurrences(entered, self._unrolled, self._time_zone)]
            for subject in entered.window.subjects:
                self._by_subject.setdefault(subject, []).extend((start, end, entered.window.name) for start, end in counted)
