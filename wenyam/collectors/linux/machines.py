"""Virtual machines and their snapshots from virsh (libvirt)."""

import re
from datetime import datetime
from typing import Final

from wenyam.model.instants import Instant, from_datetime

RUNNING, PAUSED, SHUT_OFF, CRASHED, UNKNOWN = 1, 2, 3, 4, 0
_STATES: Final = {1: RUNNING, 2: RUNNING, 3: PAUSED, 4: RUNNING, 5: SHUT_OFF, 6: CRASHED, 7: PAUSED}
"""virDomainState: running, blocked, paused, shutting down, shut off, crashed, suspended by the guest."""
_SNAPSHOT: Final = re.compile(r"\s*.*\S\s+(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4})\s+\S.*")


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


def read_oldest_snapshots(text: str) -> dict[str, Instant]:
    """Return when the oldest snapshot of each machine was made, by UUID.

    `machine UUID` parts the lists; virsh ends it with no newline, so the first snapshot stands on the same line.
    """
    found: dict[str, Instant] = {}
    machine = ""
    for line in text.splitlines():
        row = line
        if line.startswith("machine "):
            machine, _, row = line.removeprefix("machine ").partition(" ")
        made = _SNAPSHOT.fullmatch(row)
        if machine and made is not None:
            instant = _instant(made[1])
            if instant is not None:
                found[machine] = min(instant, found.get(machine, instant))
    return found


def _instant(text: str) -> Instant | None:
    try:
        return from_datetime(datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z"))
    except (ValueError, OverflowError):
        return None
