"""Whether every critical incident is told to somebody: the first route that matches is taken, and none may match."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import time

from wenyam.model.alerting import ChannelPlan, Route, Severity
from wenyam.settings.known import Known
from wenyam.settings.problems import Place

_DAY_MINUTES = 24 * 60
_ADVICE = "let a last route without 'match' take what is left, through a channel for critical ones"


def judge_gaps(known: Known, place: Place, routes: Sequence[Route], channels: Mapping[str, ChannelPlan]) -> None:
    """Warn of sites and hours at which a critical incident of no particular kind, such as a dead channel, is told to nobody."""
    sites_of: dict[str, list[str]] = {}
    for site in sorted(known.section("sites")):
        hours = unheard(routes, channels, site)
        if hours:
            sites_of.setdefault(hours, []).append(site)
    for hours, sites in sites_of.items():
        where = " and ".join(sites) if len(sites) <= 2 else f"{sites[0]} and {len(sites) - 1} more sites"  # noqa: PLR2004  # two fit
        sentence = f"alerts.routes: nobody is told of every critical incident at {where}, {hours}; {_ADVICE}"
        known.findings.warning(place, sentence)


def unheard(routes: Iterable[Route], channels: Mapping[str, ChannelPlan], site: str) -> str:
    """Return the first stretch of a day, as `HH:MM-HH:MM`, in which nobody is told; empty when there is none."""
    left = set(range(_DAY_MINUTES))
    silent: set[int] = set()
    for route in routes:
        taken = left & _minutes(route, site)
        left -= taken
        if not _carries(route, channels):
            silent |= taken
    return _stretch(left | silent)


def _minutes(route: Route, site: str) -> set[int]:
    """Return the minutes of the day in which a route takes every critical incident of a site."""
    match = route.match
    narrow = match.kinds or match.services or match.subjects or (match.sites and site not in match.sites)
    if narrow or (match.severities and Severity.CRITICAL not in match.severities):
        return set()
    if match.hours is None:
        return set(range(_DAY_MINUTES))
    start, end = (_minute(part) for part in match.hours.split("-"))
    return set(range(start, end)) if start < end else {*range(start, _DAY_MINUTES), *range(end)}


def _minute(text: str) -> int:
    moment = time.fromisoformat(text.strip())
    return moment.hour * 60 + moment.minute


def _carries(route: Route, channels: Mapping[str, ChannelPlan]) -> bool:
    found = [channels[name] for step in route.steps for name in step.channels if name in channels]
    return any(Severity.CRITICAL in channel.severities or channel.digest is not None for channel in found)


def _stretch(minutes: set[int]) -> str:
    if not minutes:
        return ""
    if len(minutes) == _DAY_MINUTES:
        return "at any time"
    # Across midnight it begins on the evening before.
    start = next(minute for minute in sorted(minutes) if (minute - 1) % _DAY_MINUTES not in minutes)
    end = next(minute for minute in range(start, start + _DAY_MINUTES) if minute % _DAY_MINUTES not in minutes) % _DAY_MINUTES
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
