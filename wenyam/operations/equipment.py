"""What the equipment is: how old each piece is (R8.3), and which versions of operating systems it runs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from wenyam.errors import WatcherSilentError, WenyamError
from wenyam.i18n.clean_text import clean
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, to_datetime
from wenyam.model.inventory import Device
from wenyam.operations.asking import ask_watcher

RISK_YEARS: Final = 5
"""Older than this is a risk (DHSS)."""
REPLACE_YEARS: Final = 7
"""Older than this may be replaced (MOC)."""


@dataclass(frozen=True, slots=True)
class Aged:
    """A device that is older than the rules like."""

    device: Device
    since: Instant
    years: int
    """Whole years in service."""
    rule: str
    """`age_risk` or `age_replace`."""


@dataclass(frozen=True, slots=True)
class Version:
    """Devices of one maker that run the same version."""

    vendor: str
    version: str
    devices: tuple[str, ...]


def aged(devices: Iterable[Device], at: Instant, time_zone: str) -> list[Aged]:
    """Return the devices in service for more than five years at this instant, the oldest first."""
    found = []
    for device in devices:
        if device.in_service is None or (device.retired is not None and device.retired <= at):
            continue
        over = [years for years in (RISK_YEARS, REPLACE_YEARS) if _is_over(device.in_service, at, years, time_zone)]
        if over:
            rule = "age_replace" if REPLACE_YEARS in over else "age_risk"
            found.append(Aged(device, device.in_service, _years(device.in_service, at, time_zone), rule))
    return sorted(found, key=lambda each: (each.since, each.device.name))


def undated(devices: Iterable[Device], at: Instant) -> list[str]:
    """Return the names of devices of which nobody wrote the first day."""
    return sorted(
        device.name for device in devices if device.in_service is None and (device.retired is None or device.retired > at)
    )


def _day(instant: Instant, time_zone: str) -> date:
    return to_datetime(instant).astimezone(ZoneInfo(time_zone)).date()


def _years(since: Instant, at: Instant, time_zone: str) -> int:
    begun, now = _day(since, time_zone), _day(at, time_zone)
    return now.year - begun.year - ((now.month, now.day) < (begun.month, begun.day))


def _is_over(since: Instant, at: Instant, years: int, time_zone: str) -> bool:
    """Tell whether more than so many years have passed: on the anniversary itself they have not."""
    begun, now = _day(since, time_zone), _day(at, time_zone)
    return (now.year - begun.year, now.month, now.day) > (years, begun.month, begun.day)


def versions(facts: Mapping[str, Mapping[str, str]]) -> list[Version]:
    """Group devices by maker and version, the most frequent first; who tells no version is left out."""
    groups: dict[tuple[str, str], list[str]] = {}
    for device, told in sorted(facts.items()):
        if told.get("os_version"):
            groups.setdefault((told.get("vendor", ""), told["os_version"]), []).append(device)
    spread = [Version(vendor, version, tuple(names)) for (vendor, version), names in groups.items()]
    return sorted(spread, key=lambda each: (each.vendor, -len(each.devices), each.version))


def facts_now(configuration: Configuration) -> dict[str, dict[str, str]] | None:
    """Return what the watcher knows of each device; None when it does not answer."""
    found = {}
    for name, device in configuration.inventory.devices.items():
        if not device.reads:
            continue
        try:
            answer = ask_watcher(configuration, {"action": "device", "name": name})
        except WatcherSilentError:
            return None
        except WenyamError:
            continue  # the watcher runs an older configuration and does not know this one yet
        found[name] = _facts(answer)
    return found


def _facts(answer: Mapping[str, object]) -> dict[str, str]:
    jobs = answer.get("jobs")
    facts: dict[str, str] = {}
    for job in jobs.values() if isinstance(jobs, dict) else ():
        told = job.get("facts") if isinstance(job, dict) else None
        if isinstance(told, dict):
            facts |= {str(key): clean(str(value)) for key, value in told.items() if value and key not in facts}
    return facts
