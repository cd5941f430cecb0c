"""The time a line of a log begins with, in the forms logs have. Pure."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from wenyam.model.instants import MILLISECONDS, Instant, from_datetime

_LOOKED_AT: Final = 300
"""Characters of a line in which its time stands."""
_ISO = re.compile(r"\b(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,]\d+)?\s?(Z|[+-]\d\d:?\d\d)?")
_WEB = re.compile(r"\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d) ([+-]\d{4})\]")
_SYSLOG = re.compile(r"^(?:<\d{1,3}>)?([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)\b")
_EPOCH = re.compile(r"^(\d{10})(?:\.\d+)?(?=\s)")
_DEVICE = re.compile(r"\bdate=(\d{4}-\d\d-\d\d) time=(\d\d:\d\d:\d\d)(?:.*?\btz=\"?([+-]\d{4}))?")
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")


def zone_of(text: str) -> timezone:
    """Read `+0700` as `date +%z` writes it; ValueError otherwise."""
    found = _OFFSET.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"'{text}' is no offset from UTC")
    minutes = int(found[2]) * 60 + int(found[3])
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))


def time_of(line: str, zone: timezone, not_after: Instant) -> Instant | None:
    """Return the time of a line; None when no form is found. `zone` is the host's, for forms without one.

    Forms without a year belong to the last year that does not lie after `not_after` (a day of doubt is allowed).
    """
    text = line[:_LOOKED_AT]
    for read in (_device, _iso, _web, _epoch):
        try:
            found = read(text, zone)
        except (ValueError, OverflowError):
            continue
        if found is not None:
            return found
    return _syslog(text, zone, not_after)


def _iso(text: str, zone: timezone) -> Instant | None:
    found = _ISO.search(text)
    if found is None:
        return None
    offset = {None: zone, "Z": UTC}.get(found[3]) or zone_of(found[3])
    return from_datetime(datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=offset))


def _device(text: str, zone: timezone) -> Instant | None:
    """Read what firewalls write: `date=2026-11-27 time=10:00:00 … tz="+0700"`."""
    found = _DEVICE.search(text)
    if found is None:
        return None
    offset = zone_of(found[3]) if found[3] else zone
    return from_datetime(datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=offset))


def _web(text: str, _zone: timezone) -> Instant | None:
    found = _WEB.search(text)
    return None if found is None else from_datetime(datetime.strptime(f"{found[1]} {found[2]}", "%d/%b/%Y:%H:%M:%S %z"))


def _epoch(text: str, _zone: timezone) -> Instant | None:
    found = _EPOCH.match(text)
    return None if found is None else Instant(int(found[1]) * MILLISECONDS)


def _syslog(text: str, zone: timezone, not_after: Instant) -> Instant | None:
    found = _SYSLOG.match(text)
    if found is None:
        return None
    latest = datetime.fromtimestamp(not_after / MILLISECONDS, zone) + timedelta(days=1)
    candidates = (_in_year(found[1], year, zone) for year in (latest.year, latest.year - 1))
    fitting: Callable[[datetime | None], bool] = lambda moment: moment is not None and moment <= latest  # noqa: E731  # typed
    moment = next(filter(fitting, candidates), None)
    return None if moment is None else from_datetime(moment)


def _in_year(text: str, year: int, zone: timezone) -> datetime | None:
    try:
        return datetime.strptime(f"{year} {text}", "%Y %b %d %H:%M:%S").replace(tzinfo=zone)
    except ValueError:
        return None
