"""Instants and periods: whole milliseconds since 1970 UTC, so that sums are exact and no time is ever naive (ADR 0002)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NewType

Instant = NewType("Instant", int)
"""Milliseconds since 1970-01-01T00:00:00Z."""

MILLISECONDS = 1000
_MINUTE = 60_000
_DAY_MINUTES = 1440
_EPOCH = date(1970, 1, 1).toordinal()


def after(instant: Instant, seconds: float) -> Instant:
    """Return the instant this many seconds later; earlier when negative."""
    return Instant(instant + round(seconds * MILLISECONDS))


def seconds_between(start: Instant, end: Instant) -> float:
    """Return the seconds from start to end."""
    return (end - start) / MILLISECONDS


def from_datetime(moment: datetime) -> Instant:
    """Convert an aware datetime; a naive one is a ValueError."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return Instant(round(moment.timestamp() * MILLISECONDS))


def to_datetime(instant: Instant) -> datetime:
    """Convert to an aware UTC datetime."""
    return datetime.fromtimestamp(instant / MILLISECONDS, UTC)


def to_iso(instant: Instant) -> str:
    """Write as ISO 8601 in UTC with milliseconds, the form used in data."""
    minutes, rest = divmod(instant, _MINUTE)
    return f"{_minute(minutes)}{rest // MILLISECONDS:02}.{rest % MILLISECONDS:03}Z"


@lru_cache(4096)
def _minute(minutes: int) -> str:
    days, rest = divmod(minutes, _DAY_MINUTES)
    return f"{date.fromordinal(_EPOCH + days).isoformat()}T{rest // 60:02}:{rest % 60:02}:"


def from_iso(text: str) -> Instant:
    """Read what `to_iso` wrote, or another ISO 8601 moment with its zone; ValueError for anything else."""
    return from_datetime(datetime.fromisoformat(text))


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A half-open stretch of time [start, end)."""

    start: Instant
    end: Instant

    def __post_init__(self) -> None:
        """Refuse a period that ends before it starts."""
        if self.end < self.start:
            raise ValueError(f"a period cannot end before it starts: {to_iso(self.start)} > {to_iso(self.end)}")

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return seconds_between(self.start, self.end)

    def contains(self, instant: Instant) -> bool:
        """Tell whether the instant lies in [start, end)."""
        return self.start <= instant < self.end
