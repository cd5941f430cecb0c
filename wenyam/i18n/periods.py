"""Named periods a report can be about: calendar months, quarters and years, Thai fiscal years and their parts, KPI rounds.

The Thai fiscal year runs from 1 October to 30 September and is named by the B.E. year in which it ends. Each half of it
(from 1 October, from 1 April) is a KPI round of 6 months; the round of 5 months is the first five of them, which leaves the
sixth for collecting and signing off. Forms that begin with `fy`, `kpi` or `be` say B.E. years, all others C.E. years.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from wenyam.errors import UsageError
from wenyam.i18n.dates import (
    FIRST_BUDDHIST_YEAR,
    LAST_BUDDHIST_YEAR,
    format_period,
    from_buddhist_year,
    month_name,
    to_buddhist_year,
    year_text,
)
from wenyam.model.instants import Instant, Period, from_datetime, to_datetime

FORMS: Final = (
    "this-month", "last-month", "this-quarter", "last-quarter", "this-year", "last-year",
    "this-fy", "last-fy", "this-fy-quarter", "last-fy-quarter",
    "month:2026-11", "quarter:2026-q4", "year:2026",
    "fy:2569", "fy:2569-q1", "fy:2569-m3", "kpi5:2569-1", "kpi6:2569-2",
    "last:30d", "2026-10-01..2026-11-01", "be:2569-10-01..2569-11-01",
)  # fmt: skip
"""One example of every form, in the order they are documented."""

_OCTOBER: Final = 10
_DAYS_LIMIT: Final = 3660
_FIRST_YEAR: Final = 1970
"""Instants begin here."""
_DAY: Final = r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d))?"


@dataclass(frozen=True, slots=True)
class NamedPeriod:
    """A period, the text that named it, and its title in both languages."""

    name: str
    period: Period
    label_th: str
    label_en: str

    def label(self, language: str) -> str:
        """Return the title in a language."""
        return self.label_th if language == "th" else self.label_en


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question: the text with its match, and when and where it was asked."""

    text: str
    found: re.Match[str]
    now: Instant
    zone: str

    def number(self, group: int) -> int:
        return int(self.found[group])

    def months(self, year: int, month: int, count: int, *labels: str) -> NamedPeriod:
        """Return whole months from the first of a C.E. month on; the month may be over 12."""
        period = Period(_midnight(year, month, self.zone), _midnight(year, month + count, self.zone))
        return NamedPeriod(self.text, period, *labels)

    @property
    def today(self) -> datetime:
        return to_datetime(self.now).astimezone(ZoneInfo(self.zone))


def parse_period(text: str, now: Instant, time_zone: str = "Asia/Bangkok") -> NamedPeriod:
    """Understand a period; UsageError with what was wrong and right examples. A period may end after `now`."""
    wanted = text.strip()
    for pattern, reader in _READERS:
        found = re.fullmatch(pattern, wanted, re.IGNORECASE | re.ASCII)
        if found is not None:
            try:
                return reader(_Asked(wanted, found, now, time_zone))
            except ValueError as problem:
                raise UsageError(f"period '{text}': {problem}", hint="") from None
    raise UsageError(f"there is no period '{text}'", hint=f"Right examples: {', '.join(FORMS)}.")


def _this_or_last(asked: _Asked) -> NamedPeriod:
    """Read `this-month`, `last-quarter`, `last-fy` and their like."""
    back = asked.found[1].lower() == "last"
    word = asked.found[2].lower()
    day = asked.today
    if word == "month":
        return _month(asked, day.year, day.month - back)
    if word == "quarter":
        return _quarter(asked, day.year, (day.month - 1) // 3 + 1 - back)
    if word == "year":
        return _year(asked, day.year - back)
    year = fiscal_year_of(asked.now, asked.zone)
    if word == "fy":
        return _fiscal_year(asked, year - back)
    return _fiscal_quarter(asked, year, (day.month - _OCTOBER) % 12 // 3 + 1 - back)


def fiscal_year_of(instant: Instant, time_zone: str = "Asia/Bangkok") -> int:
    """Return the Thai fiscal year (B.E.) in which an instant falls."""
    local = to_datetime(instant).astimezone(ZoneInfo(time_zone))
    return to_buddhist_year(local.year + (local.month >= _OCTOBER))


def _month(asked: _Asked, year: int, month: int) -> NamedPeriod:
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    names = [f"{month_name(month, language)} {year_text(year, language)}" for language in ("th", "en")]
    return asked.months(year, month, 1, *names)


def _quarter(asked: _Asked, year: int, quarter: int) -> NamedPeriod:
    year, quarter = year + (quarter - 1) // 4, (quarter - 1) % 4 + 1
    thai = f"ไตรมาสที่ {quarter} ปีปฏิทิน {year_text(year, 'th')}"
    return asked.months(year, 3 * quarter - 2, 3, thai, f"quarter {quarter} of {year}")


def _year(asked: _Asked, year: int) -> NamedPeriod:
    return asked.months(year, 1, 12, f"ปีปฏิทิน {year_text(year, 'th')}", f"year {year}")


def _fiscal_year(asked: _Asked, year: int) -> NamedPeriod:
    return _fiscal(asked, year, range(12), f"ปีงบประมาณ {year}", f"fiscal year {year}")


def _fiscal_quarter(asked: _Asked, year: int, quarter: int) -> NamedPeriod:
    year, quarter = year + (quarter - 1) // 4, (quarter - 1) % 4 + 1
    thai, english = f"ไตรมาสที่ {quarter} ปีงบประมาณ {year}", f"quarter {quarter} of fiscal year {year}"
    return _fiscal(asked, year, range(3 * quarter - 3, 3 * quarter), thai, english)


def _fiscal(asked: _Asked, year: int, months: range, thai: str, english: str) -> NamedPeriod:
    """Return months of a fiscal year (B.E.), counted from 0 for its October."""
    return asked.months(from_buddhist_year(year) - 1, _OCTOBER + months.start, len(months), thai, f"{english} (B.E.)")


def _calendar_month(asked: _Asked) -> NamedPeriod:
    return _month(asked, _christian(asked.number(1)), _within(asked.number(2), 12, "month"))


def _calendar_quarter(asked: _Asked) -> NamedPeriod:
    return _quarter(asked, _christian(asked.number(1)), _within(asked.number(2), 4, "quarter"))


def _calendar_year(asked: _Asked) -> NamedPeriod:
    return _year(asked, _christian(asked.number(1)))


def _named_fiscal_year(asked: _Asked) -> NamedPeriod:
    return _fiscal_year(asked, asked.number(1))


def _named_fiscal_quarter(asked: _Asked) -> NamedPeriod:
    return _fiscal_quarter(asked, asked.number(1), _within(asked.number(2), 4, "quarter"))


def _fiscal_month(asked: _Asked) -> NamedPeriod:
    year, month = asked.number(1), _within(asked.number(2), 12, "month")
    calendar = (month + _OCTOBER - 2) % 12 + 1
    thai = f"เดือนที่ {month} ({month_name(calendar, 'th')}) ปีงบประมาณ {year}"
    return _fiscal(
        asked, year, range(month - 1, month), thai, f"month {month} ({month_name(calendar, 'en')}) of fiscal year {year}"
    )


def _kpi_round(asked: _Asked) -> NamedPeriod:
    months, year, half = asked.number(1), asked.number(2), _within(asked.number(3), 2, "round")
    thai = f"รอบ {months} เดือน ครั้งที่ {half} ปีงบประมาณ {year}"
    return _fiscal(
        asked, year, range(6 * half - 6, 6 * half - 6 + months), thai, f"{months}-month round {half} of fiscal year {year}"
    )


def _rolling(asked: _Asked) -> NamedPeriod:
    days = _within(asked.number(1), _DAYS_LIMIT, "number of days")
    start = from_datetime(to_datetime(asked.now) - timedelta(days=days))
    return NamedPeriod(asked.text, Period(start, asked.now), f"{days} วันล่าสุด", "last day" if days == 1 else f"last {days} days")


def _range(asked: _Asked) -> NamedPeriod:
    """Read two moments; the first is in, the second is not."""
    buddhist = asked.found[1] is not None
    start, end = (_moment(asked, group, buddhist=buddhist) for group in (2, 7))
    if end <= start:
        raise ValueError("it must end after it starts; the second moment is the first one outside")
    period = Period(start, end)
    return NamedPeriod(asked.text, period, *(format_period(period, asked.zone, language) for language in ("th", "en")))


def _moment(asked: _Asked, group: int, *, buddhist: bool) -> Instant:
    year, month, day = (asked.number(group + number) for number in range(3))
    hour, minute = (int(asked.found[group + number] or 0) for number in (3, 4))
    year = from_buddhist_year(year) if buddhist else _christian(year)
    try:
        return from_datetime(datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(asked.zone)))
    except ValueError:
        written = "-".join(asked.found[group + number] for number in range(3))
        clock = f"T{hour:02d}:{minute:02d}" if asked.found[group + 3] else ""
        raise ValueError(f"{written}{clock} is not a moment of the calendar") from None


def _christian(year: int) -> int:
    if FIRST_BUDDHIST_YEAR <= year <= LAST_BUDDHIST_YEAR:
        right = from_buddhist_year(year)
        raise ValueError(
            f"{year} looks like a Buddhist-era year, but a C.E. year is meant here; write {right}, or use fy: or be:"
        )
    if not _FIRST_YEAR <= year < FIRST_BUDDHIST_YEAR:
        raise ValueError(f"{year} is not a year from {_FIRST_YEAR} to {FIRST_BUDDHIST_YEAR - 1}")
    return year


def _within(number: int, limit: int, what: str) -> int:
    if not 1 <= number <= limit:
        raise ValueError(f"{number} is no {what}; there are 1 to {limit}")
    return number


def _midnight(year: int, month: int, zone: str) -> Instant:
    return from_datetime(datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=ZoneInfo(zone)))


_READERS: Final[tuple[tuple[str, Callable[[_Asked], NamedPeriod]], ...]] = (
    (r"(this|last)-(month|quarter|year|fy-quarter|fy)", _this_or_last),
    (r"month:(\d{4})-(\d{1,2})", _calendar_month),
    (r"quarter:(\d{4})-q(\d)", _calendar_quarter),
    (r"year:(\d{4})", _calendar_year),
    (r"fy:(\d{4})", _named_fiscal_year),
    (r"fy:(\d{4})-q(\d)", _named_fiscal_quarter),
    (r"fy:(\d{4})-m(\d{1,2})", _fiscal_month),
    (r"kpi([56]):(\d{4})-(\d)", _kpi_round),
    (r"last:(\d{1,5})d", _rolling),
    (rf"(be:)?{_DAY}\.\.{_DAY}", _range),
)
