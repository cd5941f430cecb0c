"""Moments as people write them on the command line: `now`, `+2h`, a date, or a time of the instance's own zone."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from wenyam.errors import UsageError
from wenyam.model import durations
from wenyam.model.instants import MILLISECONDS, Instant, after, from_datetime
from wenyam.settings.values import day

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FORMS = "Write now, +2h, 2026-10-01 or 2026-10-01T22:00 (years are A.D.)."


def moment_of(text: str, option: str, now: Instant, time_zone: str, *, last: bool = False) -> Instant:
    """Understand a moment; UsageError naming the option otherwise. A date is its first moment, or with `last` its end."""
    written = text.strip()
    try:
        if written.lower() == "now":
            return now
        if written.startswith("+"):
            return after(now, durations.parse(written[1:]))
        return _written(written, time_zone, last=last)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{option}: {error}", hint=_FORMS) from error


def deadline_of(text: str, option: str, now: Instant, time_zone: str) -> Instant:
    """Understand until when something is due; a date is its last second, so that it is that day wherever it is shown."""
    moment = moment_of(text, option, now, time_zone, last=True)
    return Instant(moment - MILLISECONDS) if _DATE.fullmatch(text.strip()) else moment


def _written(text: str, time_zone: str, *, last: bool) -> Instant:
    if _DATE.match(text) is None:
        raise ValueError(f"'{text}' is not a moment")
    zone, today = ZoneInfo(time_zone), day(text[:10])
    if _DATE.fullmatch(text):
        return from_datetime(datetime.combine(_later(today, days=1 if last else 0), time(), zone))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"'{text}' is not a moment") from error
    return from_datetime(moment if moment.tzinfo is not None else moment.replace(tzinfo=zone))


def _later(day_of: date, *, days: int) -> date:
    return day_of + timedelta(days=days)
