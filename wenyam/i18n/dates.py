"""Dates as Thai and English readers write them; the only place where Buddhist-era years exist.

A Buddhist-era (B.E.) year never enters `date`: 2567 is no leap year to it, 2568 would be. It is turned into the Christian
era first, by `from_buddhist_year`, and back last, by `to_buddhist_year`.
"""

import re
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from wenyam.i18n.translate import LANGUAGES
from wenyam.model.instants import Instant, Period, to_datetime

BUDDHIST_OFFSET: Final = 543
FIRST_BUDDHIST_YEAR: Final = 2484
"""B.E. 2484 was the first year to begin on 1 January; before it the plain difference of 543 is wrong for three months."""
LAST_BUDDHIST_YEAR: Final = 2700

_THAI_MONTHS = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
_THAI_SHORT = ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.")
_ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_THAI_DATE = re.compile(r"(\d{1,2})\s*([^\d\s]+)\s*(?:พ\.?ศ\.?)?\s*(\d{4})")
_MONTH_NUMBERS = {
    **{name: number for number, name in enumerate(_THAI_MONTHS, 1)},
    **{name.replace(".", ""): number for number, name in enumerate(_THAI_SHORT, 1)},
}


def to_buddhist_year(year: int) -> int:
    """Return the B.E. year of a C.E. year."""
    return year + BUDDHIST_OFFSET


def from_buddhist_year(year: int) -> int:
    """Return the C.E. year of a B.E. year; ValueError when it cannot be one."""
    if not FIRST_BUDDHIST_YEAR <= year <= LAST_BUDDHIST_YEAR:
        raise ValueError(f"{year} is not a Buddhist-era year from {FIRST_BUDDHIST_YEAR} to {LAST_BUDDHIST_YEAR}")
    return year - BUDDHIST_OFFSET


def parse_thai_date(text: str) -> date:
    """Read "1 ต.ค. 2567", "๑ ตุลาคม พ.ศ. ๒๕๖๗"; ValueError with a sentence when it is no Thai date."""
    found = _THAI_DATE.fullmatch(text.strip().translate(_THAI_DIGITS))
    month = None if found is None else _MONTH_NUMBERS.get(found[2].replace(".", ""))
    if found is None or month is None:
        raise ValueError(f"'{text}' is not a Thai date; a right example is '1 ต.ค. 2567'")
    year = from_buddhist_year(int(found[3]))
    try:
        return date(year, month, int(found[1]))
    except ValueError:
        raise ValueError(f"'{text}' is not a date of the calendar") from None


def month_name(month: int, language: str, *, short: bool = False) -> str:
    """Return the name of a month, 1-12."""
    _known(language)
    if language == "th":
        return (_THAI_SHORT if short else _THAI_MONTHS)[month - 1]
    return _ENGLISH_MONTHS[month - 1][: 3 if short else None]


def year_text(year: int, language: str) -> str:
    """Return a C.E. year as the language writes it: B.E. in Thai."""
    _known(language)
    return str(to_buddhist_year(year) if language == "th" else year)


def format_date(day: date, language: str, *, short: bool = False) -> str:
    """Write a date: "1 ตุลาคม 2567" or "1 October 2024", short "1 ต.ค. 2567" or "1 Oct 2024"."""
    return f"{day.day} {month_name(day.month, language, short=short)} {year_text(day.year, language)}"


def format_instant(instant: Instant, time_zone: str, language: str, *, short: bool = True, seconds: bool = False) -> str:
    """Write date and time of day in a zone: "1 ต.ค. 2567 14:05 น.", "1 Oct 2024 14:05"."""
    local = _local(instant, time_zone)
    clock = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    return f"{format_date(local.date(), language, short=short)} {clock}" + (" น." if language == "th" else "")


def format_with_zone(instant: Instant, time_zone: str) -> str:
    """Write an instant with its zone, for an English sentence that stands alone: "1 Oct 2024 14:05:00 (Asia/Bangkok)"."""
    return f"{format_instant(instant, time_zone, 'en', seconds=True)} ({time_zone})"


def local_iso(instant: Instant, time_zone: str) -> str:
    """Write as ISO 8601 in a zone, with its offset, to the second: what a person reads, types again and a spreadsheet takes."""
    return _local(instant, time_zone).isoformat(timespec="seconds")


def format_day(instant: Instant, time_zone: str, language: str, *, short: bool = True) -> str:
    """Write the date on which an instant falls in a zone, without time of day."""
    return format_date(local_date(instant, time_zone), language, short=short)


def local_date(instant: Instant, time_zone: str) -> date:
    """Return the C.E. date on which an instant falls in a zone."""
    return _local(instant, time_zone).date()


def local_time(instant: Instant, time_zone: str) -> time:
    """Return the time of day of an instant in a zone."""
    return _local(instant, time_zone).time()


def format_period(period: Period, time_zone: str, language: str) -> str:
    """Write a period by its first and last day when it runs from midnight to midnight, else with times of day."""
    start, end = _local(period.start, time_zone), _local(period.end, time_zone)
    if period.seconds and not any((start.hour, start.minute, start.second, end.hour, end.minute, end.second)):
        last = _local(Instant(period.end - 1), time_zone)
        first_day, last_day = format_date(start.date(), language, short=True), format_date(last.date(), language, short=True)
        return first_day if first_day == last_day else f"{first_day} – {last_day}"
    return " – ".join(format_instant(instant, time_zone, language) for instant in (period.start, period.end))


def _local(instant: Instant, time_zone: str) -> datetime:
    return to_datetime(instant).astimezone(ZoneInfo(time_zone))


def _known(language: str) -> None:
    if language not in LANGUAGES:
        raise ValueError(f"there is no language '{language}'; there are: {', '.join(LANGUAGES)}")
