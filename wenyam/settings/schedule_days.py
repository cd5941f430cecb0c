"""The days a schedule names: by weekday, by day of the month, the quarter or the year."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ORDER = ("first", "second", "third", "fourth", "last")
LAST = 0
"""As a day of the month or quarter: the last one, whatever its number."""
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class OnWeekdays:
    """Days by their weekday, Monday 0."""

    weekdays: frozenset[int]

    def includes(self, day: date) -> bool:
        """Tell whether the rule runs on this local day."""
        return day.weekday() in self.weekdays

    def __str__(self) -> str:
        """Write as in the configuration."""
        if self.weekdays == EVERY_DAY:
            return "every day"
        return "every " + ",".join(WEEKDAYS[weekday] for weekday in sorted(self.weekdays))


@dataclass(frozen=True, slots=True)
class OnMonthDay:
    """One day of each month: 1 to 28, or the last."""

    day: int

    def includes(self, day: date) -> bool:
        """Tell whether the rule runs on this local day."""
        return day.day == (self.day or monthrange(day.year, day.month)[1])

    def __str__(self) -> str:
        """Write as in the configuration."""
        return f"monthly {self.day or 'last'}"


@dataclass(frozen=True, slots=True)
class OnMonthWeekday:
    """The first to fourth, or the last, of a weekday in each month."""

    order: int
    weekday: int

    def includes(self, day: date) -> bool:
        """Tell whether the rule runs on this local day."""
        if day.weekday() != self.weekday:
            return False
        if ORDER[self.order] == "last":
            return day.day + 7 > monthrange(day.year, day.month)[1]
        return (day.day - 1) // 7 == self.order

    def __str__(self) -> str:
        """Write as in the configuration."""
        return f"monthly {ORDER[self.order]} {WEEKDAYS[self.weekday]}"


@dataclass(frozen=True, slots=True)
class OnQuarterDay:
    """One day of each quarter (of the calendar and of the Thai fiscal year alike): its 1st to 28th, or its last."""

    day: int

    def includes(self, day: date) -> bool:
        """Tell whether the rule runs on this local day."""
        if self.day:
            return day.day == self.day and day.month % 3 == 1
        return day.month % 3 == 0 and day.day == monthrange(day.year, day.month)[1]

    def __str__(self) -> str:
        """Write as in the configuration."""
        return f"quarterly {self.day or 'last'}"


@dataclass(frozen=True, slots=True)
class OnYearDay:
    """One date of each year."""

    month: int
    day: int

    def includes(self, day: date) -> bool:
        """Tell whether the rule runs on this local day."""
        return (day.month, day.day) == (self.month, self.day)

    def __str__(self) -> str:
        """Write as in the configuration."""
        return f"yearly {self.month:02d}-{self.day:02d}"


Days = OnWeekdays | OnMonthDay | OnMonthWeekday | OnQuarterDay | OnYearDay
