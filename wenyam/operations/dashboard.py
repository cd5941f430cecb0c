"""What the dashboard reads from the database, each a short look of its own, so that no reader is held open while people look."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Final

from wenyam.engine.rollups import series_name
from wenyam.incidents.book import Book
from wenyam.incidents.facts import KINDS
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, Period, after
from wenyam.model.states import OVERALL, State, StateChange, Subject, SubjectKind
from wenyam.store.interface import Reader, RollupRow
from wenyam.store.sqlite import open_reader

__all__ = [
    "CHANGES",
    "DAYS",
    "BookReader",
    "Glance",
    "PastOf",
    "glances",
    "past_of",
    "reading",
    "series_name",
]

DAYS: Final = 30
"""How far back the screen of one device looks."""
CHANGES: Final = 200
"""How many changes it shows at most."""
PROCESSOR: Final = series_name("cpu_utilization_ratio", (("cpu", "all"),))
_DAY: Final = 86_400.0
_HOUR: Final = 3_600_000
_MINUTE: Final = 60_000


@contextmanager
def reading(configuration: Configuration) -> Iterator[Reader]:
    """Open the database read-only for one look; StoreError when there is none."""
    with closing(open_reader(Path(configuration.instance.state_directory))) as reader:
        yield reader


class BookReader:
    """Keeps the book of incidents and reads only the facts that came since the last look."""

    def __init__(self, configuration: Configuration) -> None:
        """Take where the facts are; reads nothing yet."""
        self._configuration = configuration
        self._book, self._read = Book(), 0

    def book(self) -> Book:
        """Return the book as it is now; it is the caller's only until the next call, and never leaves the caller's thread."""
        with reading(self._configuration) as reader:
            if reader.head().sequence < self._read:  # another database stands in its place
                self._book, self._read = Book(), 0
            for chained in reader.facts_after(self._read, KINDS):
                self._book.adopt(chained.fact)
                self._read = chained.sequence
        return self._book


@dataclass(frozen=True, slots=True)
class PastOf:
    """What is kept of one device, link or service."""

    period: Period
    """The last days, over which its liveness is told."""
    initial: State
    spans: tuple[tuple[Instant, State], ...]
    """Each change of its liveness in the period."""
    changes: tuple[StateChange, ...]
    """Everything about it that changed lately, oldest first."""
    courses: Mapping[str, tuple[float, ...]]
    """By series: a point for each minute of the last day, NaN where nothing was read."""


@dataclass(frozen=True, slots=True)
class Glance:
    """The last days of one device, link or service at a glance."""

    at: Instant
    period: Period
    initial: State | None
    """Its state when the period began; None when it has not changed since."""
    spans: tuple[tuple[Instant, State], ...]
    processor: tuple[float, ...] = ()
    """The course of the whole processor over the last day, a point for each minute; empty where it is not read."""


def glances(configuration: Configuration, owners: Iterable[str], now: Instant) -> dict[str, Glance]:
    """Read the last days of some devices, links and services, written as `kind:name`."""
    days, day = Period(after(now, -DAYS * _DAY), Instant(now + 1)), Period(after(now, -_DAY), now)
    found: dict[str, Glance] = {}
    with reading(configuration) as reader:
        for owner in owners:
            subject = Subject.parse(owner)
            if subject.kind is SubjectKind.SERVICE:
                changes = reader.changes(days, [Subject(subject.kind, subject.name, OVERALL)])
                spans = tuple((each.effective, each.state) for each in changes)
                found[owner] = Glance(now, days, changes[0].previous if changes else None, spans)
                continue
            history = reader.histories(days, [subject])[0]
            rows = reader.rollups(subject.name, Period(Instant(day.start - day.start % _HOUR), now))
            course = _courses([row for row in rows if row.series == PROCESSOR], day).get(PROCESSOR, ())
            found[owner] = Glance(now, days, history.initial, tuple(history.changes), course)
    return found


def past_of(configuration: Configuration, owner: str, checks: Iterable[Subject], now: Instant) -> PastOf:
    """Read the past of one device, link or service, written as `kind:name`, and of its checks."""
    subject = Subject.parse(owner)
    days, day = Period(after(now, -DAYS * _DAY), Instant(now + 1)), Period(after(now, -_DAY), now)
    with reading(configuration) as reader:
        changes = reader.changes(days, {subject, *checks})
        history = next(iter(reader.histories(days, [subject])), None)
        rows = (
            reader.rollups(subject.name, Period(Instant(day.start - day.start % _HOUR), now)) if subject.kind == "device" else []
        )
    return PastOf(
        period=days,
        initial=State.UNKNOWN if history is None else history.initial,
        spans=() if history is None else tuple(history.changes),
        changes=tuple(changes[-CHANGES:]),
        courses=_courses(rows, day),
    )


def _courses(rows: Iterable[RollupRow], day: Period) -> dict[str, tuple[float, ...]]:
    """Return the minutes of a day of every series; an hour that is not there is NaN."""
    first = day.start - day.start % _HOUR
    minutes = (day.end - first) // _MINUTE + 1
    found: dict[str, list[float]] = {}
    for row in rows:
        points = found.setdefault(row.series, [nan] * minutes)
        begin = (row.hour - first) // _MINUTE
        for number, point in enumerate(row.points[: max(0, minutes - begin)]):
            points[begin + number] = point
    return {series: tuple(points) for series, points in found.items()}
