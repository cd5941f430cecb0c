"""Virtual machines, their resources, agents and snapshots from virsh (libvirt)."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from wenyam.collectors.virtual_machines import CRASHED, PAUSED, RUNNING, SHUT_OFF, UNKNOWN
from wenyam.model.instants import Instant, from_datetime
from wenyam.model.names import STATUS_ABSENT, STATUS_FAILED, STATUS_OK, STATUS_UNKNOWN

_STATES: Final = {1: RUNNING, 2: RUNNING, 3: PAUSED, 4: RUNNING, 5: SHUT_OFF, 6: CRASHED, 7: PAUSED}
"""virDomainState: running, blocked, paused, shutting down, shut off, crashed, suspended by the guest."""
_SNAPSHOT: Final = re.compile(r"\s*.*\S\s+(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4})\s+\S.*")
_CHANNEL: Final = re.compile(r"<target type='virtio' name='org\.qemu\.guest_agent\.0'(?: state='(\w+)')?/>")
_CHANNEL_STATES: Final = {"connected": STATUS_OK, "disconnected": STATUS_FAILED}
_SECONDS: Final = re.compile(r"\d{1,15}(\.\d{1,6})?s")
_LONGEST: Final = 16


def read_states(text: str) -> dict[str, int]:
    """Return the state of each machine from `virsh domstats --state`."""
    found: dict[str, int] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("Domain: '") and line.endswith("'"):
            name = line[len("Domain: '") : -1]
        elif name and line.strip().startswith("state.state="):
            number = line.partition("=")[2]
            found[name] = _STATES.get(int(number), UNKNOWN) if number.isdigit() else UNKNOWN
    return found


def read_names(text: str) -> dict[str, str]:
    """Return names by UUID from `virsh list --all --uuid --name`."""
    pairs = (line.split(maxsplit=1) for line in text.splitlines())
    return {pair[0]: pair[1].rstrip() for pair in pairs if len(pair) == 2}  # noqa: PLR2004  # UUID and name


def parts_of(text: str, marker: str) -> dict[str, str]:
    """Return what virsh said of each machine by UUID; `guest MARKER UUID,` stands before each, wherever the last one ended."""
    pairs = (part.partition(",") for part in text.split(f"guest {marker} ")[1:])
    return {identity: said for identity, _, said in pairs}


def read_snapshots(text: str, marker: str) -> dict[str, list[Instant]]:
    """Return when each snapshot of each machine was made, by UUID, from `virsh snapshot-list`."""
    found: dict[str, list[Instant]] = {}
    for identity, said in parts_of(text, marker).items():
        rows = filter(None, map(_SNAPSHOT.fullmatch, said.splitlines()))
        found[identity] = [instant for row in rows if (instant := _instant(row[1])) is not None]
    return found


@dataclass(slots=True)
class Resources:
    """What one machine has and uses; None is what virsh did not say."""

    processors: int | None = None
    processor_seconds: float | None = None
    """Time its processors were busy since it started."""
    memory_total: int | None = None
    """Bytes."""
    memory_used: int | None = None
    agent: int = STATUS_ABSENT
    """On the scale of every status: whether the guest holds the agent's channel open; absent without such a channel."""


def read_resources(text: str, marker: str) -> dict[str, Resources]:
    """Return the resources of each machine by UUID, from `virsh dominfo` and the agent's channel in `virsh dumpxml`.

    Of a line that comes twice the first counts, which dominfo wrote.
    """
    found: dict[str, Resources] = {}
    for identity, said in parts_of(text, marker).items():
        pairs = [(key.strip(), value.strip()) for key, colon, value in (row.partition(":") for row in said.splitlines()) if colon]
        found[identity] = _resources(dict(reversed(pairs)), said)
    return found


def _resources(said: dict[str, str], whole: str) -> Resources:
    return Resources(
        processors=_whole(said.get("CPU(s)", "")),
        processor_seconds=_seconds(said.get("CPU time", "")),
        memory_total=_kibibytes(said.get("Max memory", "")),
        memory_used=_kibibytes(said.get("Used memory", "")),
        agent=_agent(whole),
    )


def _agent(said: str) -> int:
    channel = _CHANNEL.search(said)
    return STATUS_ABSENT if channel is None else _CHANNEL_STATES.get(channel[1] or "", STATUS_UNKNOWN)


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < _LONGEST else None


def _seconds(text: str) -> float | None:
    return float(text.removesuffix("s")) if _SECONDS.fullmatch(text) else None


def _kibibytes(text: str) -> int | None:
    number, _, unit = text.partition(" ")
    amount = _whole(number)
    return amount * 1024 if amount is not None and unit == "KiB" else None


def _instant(text: str) -> Instant | None:
    try:
        return from_datetime(datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z"))
    except (ValueError, OverflowError):
        return None
