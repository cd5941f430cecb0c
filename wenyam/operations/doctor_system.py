"""Examinations of the machine: Python, libraries, SQLite, rights, limits, clock."""

import asyncio
import os
import platform
import pwd
import re
import resource
import sqlite3
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wenyam.errors import CollectError, MissingPrivilegeError
from wenyam.links.icmp import Pinger
from wenyam.links.kernel_clock import kernel_clock
from wenyam.operations import cron_file
from wenyam.operations.findings import Finding, Surroundings, bad, counted, good, milliseconds, untested

OLDEST_PYTHON = (3, 11)
ACCOUNT = "wenyam"
UNIT = "/etc/systemd/system/wenyam.service"
WAL_RESET_MENDED = (3, 51, 3)
DESCRIPTORS_BESIDE_SESSIONS = 256
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*(?:>=\s*([0-9.]+))?")


def python(_: Surroundings) -> Iterable[Finding]:
    """Examine the interpreter: version, and whether the service accounts can read it."""
    if sys.version_info < OLDEST_PYTHON:
        yield bad("python", f"Python {platform.python_version()} is too old", "Install Python 3.11 or newer.")
        return
    closed = _closed_to_others(Path(sys.executable).resolve())
    if closed is not None and _exists(ACCOUNT):
        yield bad("python", f"the account {ACCOUNT} cannot reach it through {closed}", "Use a Python outside home directories.")
        return
    yield good("python", f"Python {platform.python_version()} in {sys.prefix}")


def _closed_to_others(path: Path) -> Path | None:
    """Return the first directory above a path that only its owner and group may enter."""
    return next((place for place in path.parents if not place.stat().st_mode & 0o001), None)


def _exists(account: str) -> bool:
    try:
        pwd.getpwnam(account)
    except KeyError:
        return False
    return True


def libraries(_: Surroundings) -> Iterable[Finding]:
    """Examine every required library: present, and not older than what we were built for."""
    wrong: list[str] = []
    wanted = [line for line in requires("wenyam") or () if "extra ==" not in line]
    for line in wanted:
        found = _REQUIREMENT.match(line)
        if found is not None:
            wrong += _trouble_with(found[1], found[2] or "0")
    if wrong:
        yield bad("libraries", "; ".join(wrong), "Install the pinned requirements/runtime.txt again (scripts/install does).")
    else:
        yield good("libraries", f"{len(wanted)} required libraries are present and new enough")


def _trouble_with(name: str, least: str) -> list[str]:
    try:
        present = version(name)
    except PackageNotFoundError:
        return [f"{name} is missing"]
    return [f"{name} {present} is older than {least}"] if _numbers(present) < _numbers(least) else []


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def sqlite(_: Surroundings) -> Iterable[Finding]:
    """Examine SQLite; before 3.51.3 two writers at once can corrupt a write-ahead log, which our write lock prevents."""
    advice = ""
    if sqlite3.sqlite_version_info < WAL_RESET_MENDED:
        advice = "Never write to the database with another program: before 3.51.3 two writers at once can damage it."
    yield good("sqlite", f"SQLite {sqlite3.sqlite_version}", advice)


def account(_: Surroundings) -> Iterable[Finding]:
    """Examine who examines: root may read everything, which proves nothing about the service's own account."""
    if os.geteuid() == 0:
        advice = "Run it as the account that watches: sudo -u wenyam wenyam doctor"
        yield untested("account", "root may read and write everything; the service's account may not", advice)
    else:
        yield good("account", f"user id {os.geteuid()}, groups {', '.join(str(group) for group in sorted(os.getgroups()))}")


def ping(surroundings: Surroundings) -> Iterable[Finding]:
    """Examine the right to ping: raw ICMP or the ping socket, by pinging this machine."""
    try:
        took = asyncio.run(_ping_ourselves(surroundings))
    except MissingPrivilegeError as error:
        if granted_by_unit(surroundings.root):
            return [
                untested("ping", f"{UNIT} has the right to ping, this shell has not", "Ask the running watcher: wenyam status")
            ]
        return [bad("ping", error.sentence, error.advice)]
    except CollectError as error:
        return [bad("ping", error.sentence, "Does this machine's own firewall drop ping?")]
    return [good("ping", f"127.0.0.1 answered in {milliseconds(took)}")]


def granted_by_unit(root: Path) -> bool:
    """Tell whether the installed unit gives the service the right that this shell lacks."""
    unit = root / UNIT.lstrip("/")
    return unit.is_file() and "AmbientCapabilities=CAP_NET_RAW" in unit.read_text(encoding="utf-8").splitlines()


async def _ping_ourselves(surroundings: Surroundings) -> float:
    pinger = Pinger(surroundings.clock)
    try:
        return await pinger.ping("127.0.0.1", 1.0)
    finally:
        await pinger.close()


def descriptors(surroundings: Surroundings) -> Iterable[Finding]:
    """Examine the hard limit of open files against one session for each device."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    devices = 0 if surroundings.configuration is None else len(surroundings.configuration.inventory.devices)
    needed = devices + DESCRIPTORS_BESIDE_SESSIONS
    if hard != resource.RLIM_INFINITY and hard < needed:
        advice = "Raise LimitNOFILE in the unit, or 'ulimit -Hn' in the shell."
        return [
            bad("descriptors", f"{hard} open files are allowed, {needed} are needed for {counted(devices, 'device')}", advice)
        ]
    allowed = "any number of" if hard == resource.RLIM_INFINITY else f"{hard}"
    return [good("descriptors", f"{allowed} open files are allowed, {needed} are needed for {counted(devices, 'device')}")]


def clock(_: Surroundings) -> Iterable[Finding]:
    """Examine whether the kernel's clock is kept in step; evidence stands on it."""
    try:
        found = kernel_clock()
    except (OSError, AttributeError) as error:
        return [untested("clock", f"the kernel does not say whether its clock is in step: {error}")]
    if found.in_step:
        return [good("clock", f"the kernel's clock is kept in step, at most {found.maximum_error:.3g} s wrong")]
    return [bad("clock", "nothing keeps the kernel's clock in step", "Install chrony, or start systemd-timesyncd.")]


def time_zones(surroundings: Surroundings) -> Iterable[Finding]:
    """Examine the time zone data."""
    configuration = surroundings.configuration
    zone = "Asia/Bangkok" if configuration is None else configuration.instance.availability.time_zone
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return [bad("time zones", f"the zone {zone} is not known here", "Install the package tzdata.")]
    return [good("time zones", f"{zone} is known; this system uses {cron_file.system_zone(surroundings.root)}")]
