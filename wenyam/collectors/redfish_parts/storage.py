"""Controllers, drives and volumes (schemas Storage, StorageController, Drive, Volume, SimpleStorage)."""

from typing import Final

from wenyam.collectors.json_values import Object, add_number, mapping, objects
from wenyam.collectors.redfish_parts.status import name_of, status_of
from wenyam.collectors.redfish_parts.tree import Tree
from wenyam.model.names import STATUS_ABSENT, STATUS_DEGRADED

STORED: Final = ("component_status", "disk_status", "volume_status", "volume_size_bytes")
"""What the storage of a system may give rows of."""


async def read_storage(tree: Tree, system: Object, prefix: str) -> None:
    """Read every storage of a system; SimpleStorage only where there is no Storage."""
    units = await tree.members(system.get("Storage"))
    await tree.each(_read_unit(tree, unit, prefix) for unit in units)
    if not units:
        for unit in await tree.members(system.get("SimpleStorage")):
            for device in objects(unit.get("Devices")):
                _add(tree, "disk_status", f"{prefix}{name_of(device)}", status_of(device))


async def _read_unit(tree: Tree, unit: Object, prefix: str) -> None:
    _add(tree, "component_status", f"{prefix}storage {name_of(unit)}", status_of(unit))
    await tree.each([_read_drives(tree, unit, prefix)], "disk_status")
    await tree.each([_read_volumes(tree, unit, prefix)], "volume_status", "volume_size_bytes")
    await tree.each([_read_controllers(tree, unit, prefix)], "component_status")


async def _read_controllers(tree: Tree, unit: Object, prefix: str) -> None:
    """Read the controllers, inside the storage as before schema 1.9, or in a collection of their own."""
    inside = objects(unit.get("StorageControllers"))
    for controller in inside or await tree.members(unit.get("Controllers")):
        _add(tree, "component_status", f"{prefix}controller {name_of(controller)}", status_of(controller))


async def _read_drives(tree: Tree, unit: Object, prefix: str) -> None:
    for drive in await tree.all(objects(unit.get("Drives"))):
        _add(tree, "disk_status", f"{prefix}{name_of(drive)}", drive_status(drive))


async def _read_volumes(tree: Tree, unit: Object, prefix: str) -> None:
    for volume in await tree.members(unit.get("Volumes")):
        name = f"{prefix}{name_of(volume, 'DisplayName')}"
        _add(tree, "volume_status", name, status_of(volume))
        size = volume.get("CapacityBytes")
        if size is None:
            size = mapping(mapping(volume.get("Capacity")).get("Data")).get("AllocatedBytes")
        add_number(tree.reading, "volume_size_bytes", size, name)


def drive_status(drive: Object) -> int | None:
    """Return a drive's status; one that predicts its own failure is at least degraded."""
    state = status_of(drive)
    if drive.get("FailurePredicted") is True and state != STATUS_ABSENT:
        return max(STATUS_DEGRADED, state or 0)
    return state


def _add(tree: Tree, name: str, label: str, state: int | None) -> None:
    if state is not None:
        tree.reading.add(name, state, label)
