"""One chassis (schema Chassis): its newer resources first, the deprecated ones where those leave something out."""

from collections.abc import Mapping
from typing import Final

from wenyam.collectors.json_values import Object, add_number
from wenyam.collectors.redfish_parts import sensors
from wenyam.collectors.redfish_parts.sensors import Rows
from wenyam.collectors.redfish_parts.status import name_of, status_of
from wenyam.collectors.redfish_parts.tree import Tree
from wenyam.model.names import STATUS_ABSENT

_OLD: Final[Mapping[str, tuple[str, ...]]] = {
    "Thermal": ("temperature_celsius", "fan_status"),
    "Power": ("power_supply_status", "power_watts"),
}
"""The deprecated resource is read when one of these samples is still missing."""
_MEASURED: Final = sensors.MEASURED
_COOLING: Final = ("fan_status", "fan_speed_rpm", "temperature_celsius", "component_status")
_SUPPLIES: Final = ("power_supply_status", "power_watts", "voltage_volts", "component_status")
SAMPLES: Final = tuple(dict.fromkeys((*_MEASURED, *_COOLING, *_SUPPLIES)))
"""What a chassis may give rows of."""


async def read_chassis(tree: Tree, chassis: Object) -> None:
    """Read one chassis: health, sensors, fans, power supplies. Each sample comes from the first resource that tells it."""
    state = status_of(chassis)
    if state is not None and state != STATUS_ABSENT:
        tree.reading.add("component_status", state, f"chassis {name_of(chassis)}")
    found: Rows = {}
    await tree.each([_sensors(tree, chassis, found)], *_MEASURED)
    await tree.each([_cooling(tree, chassis, found)], *_COOLING)
    await tree.each([_power(tree, chassis, found)], *_SUPPLIES)
    for name, samples in _OLD.items():
        if name in chassis and any(sample not in found for sample in samples):
            await tree.each([_old(tree, chassis, name, found)], *(_COOLING if name == "Thermal" else _SUPPLIES))
    _add(tree, found)


async def _sensors(tree: Tree, chassis: Object, found: Rows) -> None:
    _fill(found, sensors.sensor_rows(await tree.members(chassis.get("Sensors"))))


async def _cooling(tree: Tree, chassis: Object, found: Rows) -> None:
    cooling = await tree.resource(chassis.get("ThermalSubsystem"))
    _fill(found, sensors.fan_rows(await tree.members(cooling.get("Fans"))))
    if "temperature_celsius" not in found:
        _fill(found, sensors.thermal_metrics_rows(await tree.resource(cooling.get("ThermalMetrics"))))
    _join(found, sensors.redundancy_rows("fan", cooling.get("FanRedundancy")))


async def _power(tree: Tree, chassis: Object, found: Rows) -> None:
    power = await tree.resource(chassis.get("PowerSubsystem"))
    supplies = await tree.members(power.get("PowerSupplies"))
    _fill(found, sensors.supply_rows(supplies))
    _join(found, sensors.redundancy_rows("power supply", power.get("PowerSupplyRedundancy")))
    if "power_watts" not in found:
        await _watts(tree, chassis, supplies, found)


async def _watts(tree: Tree, chassis: Object, supplies: list[Object], found: Rows) -> None:
    """Gather watts from the chassis as a whole and from each power supply, where no sensor told any."""
    watts = sensors.environment_rows(chassis, await tree.resource(chassis.get("EnvironmentMetrics")))
    for supply in supplies:
        _join(watts, sensors.supply_metrics_rows(supply, await tree.resource(supply.get("Metrics"))))
    _fill(found, watts)


async def _old(tree: Tree, chassis: Object, name: str, found: Rows) -> None:
    resource = await tree.resource(chassis.get(name))
    _fill(found, sensors.old_thermal_rows(resource) if name == "Thermal" else sensors.old_power_rows(resource))
    what = "fan" if name == "Thermal" else "power supply"
    groups = sensors.redundancy_rows(what, resource.get("Redundancy"))
    if not {label for label, _ in found.get("component_status", ())} & {label for rows in groups.values() for label, _ in rows}:
        _join(found, groups)


def _fill(found: Rows, more: Rows) -> None:
    """Take the samples that were not found before."""
    for name, rows in more.items():
        found.setdefault(name, rows)


def _join(found: Rows, more: Rows) -> None:
    """Take all rows."""
    for name, rows in more.items():
        found.setdefault(name, []).extend(rows)


def _add(tree: Tree, found: Rows) -> None:
    for name, rows in found.items():
        for label, value in rows:
            add_number(tree.reading, name, value, label, factor=0.01 if name in sensors.PERCENTAGES else 1.0)
