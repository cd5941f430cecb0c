"""Thai working days: Monday to Friday without public holidays, as an office's own additions and removals say. Pure.

Public holidays are those of the library `holidays` (ADR 0009): what the cabinet declared for everybody, and what only
government offices keep. Years beyond what it knows have weekends only.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from wenyam.model.instants import Instant, from_datetime, to_datetime
from wenyam.model.oncall import HolidayRules

_SATURDAY = 5
_CODES = {"th": "th", "en": "en_US"}
"""Languages, as the library calls them."""


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Which days an office works."""

    rules: HolidayRules = field(default_factory=HolidayRules)

    def is_working_day(self, day: date) -> bool:
        """Tell whether the office works on this day."""
        return day.weekday() < _SATURDAY and not self.name_of_holiday(day, "en")

    def name_of_holiday(self, day: date, language: str) -> str:
        """Return the name of the holiday on this day; empty when there is none, also on a plain weekend."""
        own = next((each.name for each in self.rules.add if each.day == day), None)
        if own is not None:
            return own.th if language == "th" else own.en
        return "" if day in self.rules.remove else public_holiday(day, language)

    def add_working_days(self, instant: Instant, count: int, time_zone: str) -> Instant:
        """Return the same clock time so many working days later; the day itself is never counted.

        So one working day from Friday 10:00, Saturday 10:00 or Sunday 10:00 is Monday 10:00. Not counting the first day, and
        never ending on a holiday, is how Thai law counts periods (Administrative Procedure Act B.E. 2539, section 64).
        """
        local = to_datetime(instant).astimezone(ZoneInfo(time_zone))
        day = local.date()
        for _ in range(count):
            day = self._next_after(day)
        return instant if count <= 0 else from_datetime(datetime.combine(day, local.time(), ZoneInfo(time_zone)))

    def _next_after(self, day: date) -> date:
        day += timedelta(days=1)
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day


def public_holiday(day: date, language: str) -> str:
    """Return the name of the public holiday on this day; empty when there is none."""
    return _year(day.year, language).get(day, "")


@lru_cache(maxsize=16)
def _year(year: int, language: str) -> dict[date, str]:
    import holidays  # noqa: PLC0415  # a fifth of a second, for those who ask only

    found = holidays.country_holidays(
        "TH", years=year, categories=("public", "government"), language=_CODES[language], expand=False
    )
    return {day: name.replace("; ", ", ") for day, name in found.items()}


def local_instant(day: date, clock: time, time_zone: str) -> Instant:
    """Return the instant of a clock time on a day; one that a clock change skips comes as much later."""
    return from_datetime(datetime.combine(day, clock, ZoneInfo(time_zone)))
