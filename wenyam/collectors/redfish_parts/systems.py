"""Systems and managers of a Redfish service (schemas ComputerSystem, Processor, Memory, Manager)."""

from collections.abc import Mapping
from typing import Final

from wenyam.collectors.json_values import Object, add_number, mapping, text
from wenyam.collectors.redfish_parts.status import indicator_of, name_of, power_of, status_of
from wenyam.collectors.redfish_parts.storage import STORED, read_storage
from wenyam.collectors.redfish_parts.tree import Tree
from wenyam.model.instants import Instant, from_iso, seconds_between
from wenyam.model.names import STATUS_ABSENT, STATUS_OK

_GIBIBYTE: Final = 1 << 30
_ON: Final = 1
SAMPLES: Final = ("power_state", "memory_total_bytes", "system_uptime_seconds", *STORED)
"""What a system may give rows of."""
_SUMMARIES: Final[Mapping[str, tuple[str, str]]] = {
    "processors": ("ProcessorSummary", "Processors"),
    "memory": ("MemorySummary", "Memory"),
}


async def read_system(tree: Tree, system: Object, prefix: str, *, storage: bool) -> None:
    """Read one system's health, power, processors, memory and storage; `prefix` tells it from others in the same service."""
    _add_status(tree, f"{prefix}system", system)
    power = power_of(system)
    if power is not None:
        tree.reading.add("power_state", power, name_of(system))
    for what in _SUMMARIES:
        await tree.each([_read_summary(tree, system, prefix, what)], "component_status")
    if storage:
        await tree.each([read_storage(tree, system, prefix)], *STORED)


def add_memory(tree: Tree, system: Object) -> None:
    """Add the size of the memory of the one system there is."""
    size = mapping(system.get("MemorySummary")).get("TotalSystemMemoryGiB")
    add_number(tree.reading, "memory_total_bytes", size, factor=_GIBIBYTE)


def add_uptime(tree: Tree, system: Object, managers: list[Object], now: Instant) -> None:
    """Add the time since the last reset (LastResetTime), by the manager's own clock where it tells it; none when it is off."""
    reset = _instant(text(system.get("LastResetTime")))
    if reset is None or power_of(system) != _ON:
        return
    clocks = [_instant(text(manager.get("DateTime"))) for manager in managers]
    there = next((clock for clock in clocks if clock is not None), now)
    tree.reading.add("system_uptime_seconds", seconds_between(reset, there))


def read_manager(tree: Tree, manager: Object) -> None:
    """Read one manager's health."""
    _add_status(tree, f"manager {name_of(manager)}", manager)


def add_identity(tree: Tree, system: Object, managers: list[Object]) -> None:
    """Name the device by its system, or by a chassis where there is no system; the version is the manager's firmware."""
    manager = managers[0] if managers else {}
    facts = {
        "name": text(system.get("HostName")) or name_of(system),
        "vendor": text(system.get("Manufacturer")),
        "model": text(system.get("Model")),
        "serial": text(system.get("SerialNumber")) or text(system.get("SKU")),
        "os_version": text(manager.get("FirmwareVersion")),
    }
    tree.reading.add("system_info", 1, *facts.values())
    more = {
        "manager": text(manager.get("Model")) or text(manager.get("Name")),
        "bios_version": text(system.get("BiosVersion")),
        "power_state": text(system.get("PowerState")),
        "indicator": indicator_of(system),
    }
    for key, said in {**facts, **more}.items():
        tree.reading.fact(key, said)


async def _read_summary(tree: Tree, system: Object, prefix: str, what: str) -> None:
    """Read the health of all processors, or of all memory, at once; each part by itself only where that is not good."""
    summary, collection = _SUMMARIES[what]
    state = status_of(mapping(system.get(summary)))
    if state is not None and state != STATUS_ABSENT:
        tree.reading.add("component_status", state, f"{prefix}{what}")
    if state == STATUS_OK:
        return
    for part in await tree.members(system.get(collection)):
        _add_status(tree, f"{prefix}{name_of(part, 'DeviceLocator', 'Socket')}", part)


def _add_status(tree: Tree, name: str, resource: Object) -> None:
    """Add a component's status; an empty slot is none."""
    state = status_of(resource)
    if state is not None and state != STATUS_ABSENT:
        tree.reading.add("component_status", state, name)


def _instant(written: str) -> Instant | None:
    try:
        return from_iso(written)
    except (ValueError, OverflowError):
        return None
