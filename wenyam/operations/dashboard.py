"""What the dashboard reads from the database, each a short look of its own, so that no reader is held open while people look."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Final

from wenyam.engine.rollups import series_name
from wenyam.incidents.incident import Incident
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, Period, after
from wenyam.model.states import State, StateChange, Subject
from wenyam.operations.incidents import listed, read_book
from wenyam.store.interface import Reader, RollupRow
from wenyam.store.sqlite import open_reader

__all__ = ["CHANGES", "DAYS", "PastOf", "open_incidents", "past_of", "reading", "series_name"]

DAYS: Final = 30
"""How far back the screen of one device looks."""
CHANGES: Final = 200
"""How many changes it shows at most."""
_DAY: Final = 86_400.0
_HOUR: Final = 3_600_000
_MINUTE: Final = 60_000


@contextmanager
def reading(configuration: Configuration) -> Iterator[Reader]:
    """Open the database read-only for one look; StoreError when there is none."""
    with closing(open_reader(Path(configuration.instance.state_directory))) as reader:
        yield reader


def open_incidents(configuration: Configuration) -> list[Incident]:
    """Return the open incidents, the worst and oldest first."""
    with reading(configuration) as reader:
        return listed(read_book(reader))


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
        spans=() if history is None else history.changes,
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
