"""What every collector of virtual machines does alike: states, names that are told apart, one guest's samples."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from wenyam.collectors.readings import ReadingBuilder
from wenyam.model.instants import Instant, seconds_between

UNKNOWN, RUNNING, PAUSED, SHUT_OFF, CRASHED = range(5)
"""Values of `virtual_machine_state`."""
SNAPSHOTS: Final = ("virtual_machine_snapshots", "virtual_machine_snapshot_age_seconds")
NOT_PROVEN: Final = "documented answers only; not proven here on a real one"


def labels_of(names: Mapping[str, str]) -> dict[str, str]:
    """Return the label of each machine by its key: its name, with the key where several have it or where it has none."""
    count = Counter(names.values())
    return {key: name if name and count[name] == 1 else f"{name} ({key})".strip() for key, name in names.items()}


def add_snapshots(reading: ReadingBuilder, vm: str, made: Sequence[Instant], now: Instant) -> None:
    """Add how many snapshots a machine has, and the age of the oldest."""
    reading.add("virtual_machine_snapshots", len(made), vm)
    if made:
        reading.add("virtual_machine_snapshot_age_seconds", seconds_between(min(made), now), vm)


def add_host(reading: ReadingBuilder, machines: Iterable[tuple[str, str]]) -> None:
    """Add on which host each machine is; a host nobody told is none."""
    for vm, host in machines:
        if host:
            reading.add("virtual_machine_info", 1, vm, host)
