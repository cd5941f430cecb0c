"""What no backup job covers: every system is backed up, or it is on this list (R4.4)."""

from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.model.inventory import Device
from wenyam.model.states import Subject, SubjectKind

SYSTEMS = frozenset({"server", "vm", "database", "hypervisor", "storage", "switch", "router", "firewall"})
"""Kinds of device that hold data or a configuration of their own."""


def not_covered(configuration: Configuration, now: Instant | None = None) -> list[Subject]:
    """Return the systems and services that no job covers, by name; what was retired by `now` is owed nothing."""
    inventory = configuration.inventory
    covered = {subject for job in configuration.backup.jobs.values() for subject in job.covers}
    owed = [device.subject for device in inventory.devices.values() if device.kind in SYSTEMS and not _is_retired(device, now)]
    owed += [Subject(SubjectKind.SERVICE, name) for name in inventory.services]
    return sorted(subject for subject in owed if subject not in covered)


def _is_retired(device: Device, now: Instant | None) -> bool:
    return device.retired is not None and now is not None and device.retired <= now
