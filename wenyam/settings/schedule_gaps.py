"""How far apart the runs of a schedule are."""

from functools import lru_cache
from itertools import pairwise

from wenyam.model.instants import Instant, Period, after, seconds_between
from wenyam.settings import schedule

_DAY = 86_400.0
_BEGIN = Instant(1_767_225_600_000)
"""2026-01-01T00:00Z; from here on a leap year and every weekday on every date are met."""
_SHORT, _LONG = 15 * _DAY, 6 * 366 * _DAY


@lru_cache(maxsize=1024)
def longest_gap(text: str, time_zone: str) -> float:
    """Return the seconds between two runs, where they lie farthest apart; ValueError when the text is no schedule."""
    rule = schedule.parse(text, time_zone)
    length = _SHORT if len(rule.minutes) > 1 else _LONG  # what runs several times a day runs every day
    times = rule.occurrences(Period(_BEGIN, after(_BEGIN, length)))
    return max(seconds_between(first, second) for first, second in pairwise(times))
