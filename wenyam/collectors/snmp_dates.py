"""Dates as devices write them: DateAndTime (SNMPv2-TC, RFC 2579), ISO, and the two ways FortiOS writes them out."""

import re
from datetime import UTC, datetime, timedelta, timezone

_SIZES = (8, 11)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WRITTEN_OUT = (
    re.compile(r"\w+ +(?P<month>[A-Za-z]{3,9}) +(?P<day>\d{1,2}) (?P<time>\d{1,2}:\d\d:\d\d) (?P<year>\d{4})"),
    re.compile(r"\w+,? +(?P<day>\d{1,2}) +(?P<month>[A-Za-z]{3,9}) +(?P<year>\d{4})"),
)


def unix_time(text: str) -> float:
    """Return Unix time, UTC unless the text says otherwise; ValueError when it is no date."""
    if len(text) in _SIZES and not text.isprintable():
        return _date_and_time(text.encode("latin-1", "replace"))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = _written_out(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _written_out(text: str) -> datetime:
    """Read `Mon Feb  3 02:00:00 2025` or `Mon 11 November 2030`, by English names whatever the machine speaks."""
    for pattern in _WRITTEN_OUT:
        found = pattern.fullmatch(text.strip())
        if found is not None and found["month"][:3].lower() in _MONTHS:
            month = _MONTHS.index(found["month"][:3].lower()) + 1
            hour, minute, second = map(int, (found.groupdict().get("time") or "0:0:0").split(":"))
            return datetime(int(found["year"]), month, int(found["day"]), hour, minute, second, tzinfo=UTC)
    raise ValueError(f"'{text}' is no date")


def _date_and_time(octets: bytes) -> float:
    offset = timedelta()
    if len(octets) == max(_SIZES):
        offset = timedelta(hours=octets[9], minutes=octets[10]) * (-1 if octets[8:9] == b"-" else 1)
    month, day, hour, minute = octets[2:6]
    zone = timezone(offset)
    return datetime(octets[0] << 8 | octets[1], month, day, hour, minute, min(octets[6], 59), tzinfo=zone).timestamp()
