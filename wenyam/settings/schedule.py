"""The schedule grammar: days and weekday names and a time of day, meant in one time zone. No cron strings.

A local time that a clock change skips runs at the first instant after the gap; one that happens twice runs the first time.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count, groupby
from typing import NoReturn
from zoneinfo import ZoneInfo

from wenyam.model.instants import MILLISECONDS, Instant, Period, from_datetime, to_datetime
from wenyam.settings.schedule_days import (
    EVERY_DAY,
    LAST,
    ORDER,
    WEEKDAYS,
    Days,
    OnMonthDay,
    OnMonthWeekday,
    OnQuarterDay,
    OnWeekdays,
    OnYearDay,
)

_DAY_MINUTES = 1440
_SURE_DAYS = 28
"""Every month has these."""
_CRON_YEARS = range(2026, 2037)
"""Years over which a cron line must say the same as the rule: both kinds of year, every weekday on every date."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A schedule that was understood: on which days, at which minutes of the day, in which zone."""

    days: Days
    minutes: tuple[int, ...]
    """Minutes since local midnight, ascending."""
    time_zone: str

    def occurrences(self, period: Period) -> Iterator[Instant]:
        """Yield the due instants in [start, end), strictly increasing."""
        for instant in self._from(period.start):
            if instant >= period.end:
                return
            yield instant

    def next_after(self, instant: Instant) -> Instant:
        """Return the first due instant later than this one."""
        return next(self._from(Instant(instant + 1)))

    def last_until(self, instant: Instant) -> Instant:
        """Return the latest due instant that is not later than this one."""
        for days in (2, 9, 64, 400):
            start = Instant(instant - days * 86_400 * MILLISECONDS)
            found = list(self.occurrences(Period(start, Instant(instant + 1))))
            if found:
                return found[-1]
        raise ValueError(f"'{self}' has no run in the 400 days before")

    def cron_lines(self, system_zone: str) -> tuple[str, ...]:
        """Return the time fields of crontab(5) lines that mean the same in the system's zone; ValueError if none can."""
        shift = _fixed_shift(self.time_zone, system_zone)
        moved = sorted(divmod(minute + shift, _DAY_MINUTES) for minute in self.minutes)
        lines: list[str] = []
        if self.days == OnWeekdays(EVERY_DAY):
            moved = sorted((0, minute) for _, minute in moved)
        for day_shift, group in groupby(moved, key=lambda pair: pair[0]):
            times = _cron_times([minute for _, minute in group])
            lines += [f"{time} {day}" for time in times for day in self._cron_days(day_shift)]
        return tuple(lines)

    def __str__(self) -> str:
        """Write the one canonical text of this rule."""
        if len(self.minutes) == 1:
            return f"{self.days} {self.minutes[0] // 60:02d}:{self.minutes[0] % 60:02d}"
        step = self.minutes[1] - self.minutes[0]
        return f"every {step}m" if step % 60 else f"every {step // 60}h"

    def _from(self, start: Instant) -> Iterator[Instant]:
        zone = ZoneInfo(self.time_zone)
        first = to_datetime(start).astimezone(zone).date() - timedelta(days=2)
        last = Instant(start - 1)
        for day in (first + timedelta(days=number) for number in count()):
            if not self.days.includes(day):
                continue
            # Later minutes never come at earlier instants, so those before the start are skipped without a look at each.
            skipped = bisect_left(self.minutes, start, key=lambda minute: _instant(day, minute, zone))
            for minute in self.minutes[skipped:]:
                instant = _instant(day, minute, zone)
                if instant > last:
                    last = instant
                    yield instant

    def _cron_days(self, shift: int) -> list[str]:
        if isinstance(self.days, OnWeekdays):
            moved = sorted((weekday + shift + 1) % 7 for weekday in self.days.weekdays)
            return ["* * *" if len(moved) == len(WEEKDAYS) else f"* * {_listed(moved)}"]
        dates = [_dates_in(year, self.days.includes, shift) for year in _CRON_YEARS]
        if any(other != dates[0] for other in dates):
            raise ValueError(f"'{self}' falls on other dates each year in the system's zone, which cron cannot say")
        months = [(tuple(sorted(month for month, number in dates[0] if number == day)), day) for day in {d for _, d in dates[0]}]
        return [f"{day} {'*' if len(held) == 12 else _listed(held)} *" for held, day in sorted(months)]  # noqa: PLR2004 - a year


def parse(text: str, time_zone: str) -> Rule:
    """Understand a schedule; ValueError with a sentence that names what was not understood and shows a right example."""
    try:
        ZoneInfo(time_zone)
    except (KeyError, OSError, ValueError):  # absent, the name of a folder, or no name at all
        _refuse(text, f"its time zone '{time_zone}' is not known", "every day 01:30 in Asia/Bangkok")
    first, *rest = text.lower().split() or [""]
    reader = _READERS.get(first)
    if reader is None:
        _refuse(text, f"it begins with '{first}'" if first else "it is empty", "every day 01:30")
    days, minutes = reader(text, rest)
    return Rule(days, minutes, time_zone)


def _every(text: str, words: list[str]) -> tuple[Days, tuple[int, ...]]:
    step = re.fullmatch(r"(\d{1,4})([a-z]+)", words[0]) if words else None
    if step is not None:
        return OnWeekdays(EVERY_DAY), _steps(text, int(step[1]), step[2], words[1:])
    example = "every mon,fri 02:00"
    names, clock = _two(text, words, example)
    if names == "day":
        return OnWeekdays(EVERY_DAY), _time_of_day(text, clock, "every day 01:30")
    return OnWeekdays(frozenset(_weekday(text, name, example) for name in names.split(","))), _time_of_day(text, clock, example)


def _steps(text: str, number: int, unit: str, extra: list[str]) -> tuple[int, ...]:
    if extra:
        _refuse(text, f"'{' '.join(extra)}' is too much; steps count from midnight", "every 6h")
    if unit not in ("m", "h"):
        _refuse(text, f"'{unit}' is no unit of a step; there are m and h", "every 15m")
    step = number * (60 if unit == "h" else 1)
    if step < 1 or step >= _DAY_MINUTES or _DAY_MINUTES % step:
        _refuse(text, f"{number}{unit} does not divide a day into equal parts", "every 6h")
    return tuple(range(0, _DAY_MINUTES, step))


def _monthly(text: str, words: list[str]) -> tuple[Days, tuple[int, ...]]:
    if len(words) == 3 and words[0] in ORDER:  # noqa: PLR2004 - three words: first sun 03:00
        example = "monthly first sun 03:00"
        weekday = _weekday(text, words[1], example)
        return OnMonthWeekday(ORDER.index(words[0]), weekday), _time_of_day(text, words[2], example)
    example = "monthly 1 03:00"
    day, clock = _two(text, words, example)
    return OnMonthDay(_sure_day(text, day, example)), _time_of_day(text, clock, example)


def _quarterly(text: str, words: list[str]) -> tuple[Days, tuple[int, ...]]:
    example = "quarterly 1 04:00"
    day, clock = _two(text, words, example)
    return OnQuarterDay(_sure_day(text, day, example)), _time_of_day(text, clock, example)


def _yearly(text: str, words: list[str]) -> tuple[Days, tuple[int, ...]]:
    example = "yearly 09-30 08:00"
    day, clock = _two(text, words, example)
    found = re.fullmatch(r"(\d\d)-(\d\d)", day)
    if found is None:
        _refuse(text, f"'{day}' is not a month and day", example)
    month, number = int(found[1]), int(found[2])
    try:
        date(2027, month, number)
    except ValueError:
        _refuse(text, f"'{day}' is not a date of every year", example)
    return OnYearDay(month, number), _time_of_day(text, clock, example)


_READERS: dict[str, Callable[[str, list[str]], tuple[Days, tuple[int, ...]]]] = {
    "every": _every,
    "monthly": _monthly,
    "quarterly": _quarterly,
    "yearly": _yearly,
}


def _refuse(text: str, problem: str, example: str) -> NoReturn:
    raise ValueError(f"schedule '{text}' was not understood: {problem}; a right example is '{example}'")


def _two(text: str, words: list[str], example: str) -> tuple[str, str]:
    if len(words) != 2:  # noqa: PLR2004 - a day and a time
        problem = "a day and a time are missing" if not words else f"'{' '.join(words)}' is not a day and a time"
        _refuse(text, problem, example)
    return words[0], words[1]


def _time_of_day(text: str, word: str, example: str) -> tuple[int]:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", word)
    if found is None:
        _refuse(text, f"'{word}' is not a time of day from 00:00 to 23:59", example)
    return (int(found[1]) * 60 + int(found[2]),)


def _weekday(text: str, name: str, example: str) -> int:
    if name not in WEEKDAYS:
        _refuse(text, f"'{name}' is not a weekday ({' '.join(WEEKDAYS)})", example)
    return WEEKDAYS.index(name)


def _sure_day(text: str, word: str, example: str) -> int:
    if word == "last":
        return LAST
    if not re.fullmatch(r"\d{1,2}", word) or not 1 <= int(word) <= _SURE_DAYS:
        _refuse(text, f"'{word}' is not a day that every month has (1 to 28, or last)", example)
    return int(word)


def _instant(day: date, minute: int, zone: ZoneInfo) -> Instant:
    local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone)
    first, second = from_datetime(local), from_datetime(local.replace(fold=1))
    return first if second >= first else _end_of_gap(second, first, zone)


def _end_of_gap(before: Instant, behind: Instant, zone: ZoneInfo) -> Instant:
    def changed(second: int) -> bool:
        return to_datetime(Instant(second * MILLISECONDS)).astimezone(zone).utcoffset() == offset

    offset = to_datetime(behind).astimezone(zone).utcoffset()
    seconds = range(before // MILLISECONDS, behind // MILLISECONDS + 1)
    return Instant(seconds[bisect_left(seconds, x=True, key=changed)] * MILLISECONDS)


def _fixed_shift(own: str, system: str) -> int:
    """Return the minutes by which the system's clock is ahead of the rule's."""
    if own == system:
        return 0
    own_offset, system_offset = _fixed_offset(own), _fixed_offset(system)
    return system_offset - own_offset


def _fixed_offset(zone: str) -> int:
    moments = (datetime(year, month, 1, tzinfo=ZoneInfo(zone)) for year in _CRON_YEARS for month in range(1, 13))
    offsets = {moment.utcoffset() for moment in moments}
    (offset, *others) = (each for each in offsets if each is not None)
    if others:
        raise ValueError(f"time zone '{zone}' changes its clock during the year, so cron in another zone cannot keep the times")
    return int(offset.total_seconds()) // 60


def _cron_times(minutes: Iterable[int]) -> list[str]:
    by_hour: dict[int, list[int]] = {}
    for minute in sorted(minutes):
        by_hour.setdefault(minute // 60, []).append(minute % 60)
    hours: dict[tuple[int, ...], list[int]] = {}
    for hour, held in by_hour.items():
        hours.setdefault(tuple(held), []).append(hour)
    return [f"{_listed(held)} {'*' if len(within) == 24 else _listed(within)}" for held, within in hours.items()]  # noqa: PLR2004 - a day


def _dates_in(year: int, includes: Callable[[date], bool], shift: int) -> set[tuple[int, int]]:
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(366))
    moved = (day + timedelta(days=shift) for day in days if day.year == year and includes(day))
    return {(day.month, day.day) for day in moved}


def _listed(numbers: Iterable[int]) -> str:
    return ",".join(str(number) for number in numbers)
