"""What a chassis measures, out of the resources that may tell it: pure functions from JSON to rows of samples.

Schemas: Sensor, ThermalMetrics, Fan, PowerSupply, PowerSupplyMetrics, EnvironmentMetrics; before them Thermal and Power.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from wenyam.collectors.json_values import Object, mapping, objects, text
from wenyam.collectors.redfish_parts.status import measures, name_of, status_of

Rows = dict[str, list[tuple[str, Any]]]
"""Label and value, as yet unproven, by sample name."""

_KINDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "Temperature": ("temperature_celsius", ("", "Cel")),
    "Rotational": ("fan_speed_rpm", ("RPM", "{rev}/min")),
    "Voltage": ("voltage_volts", ("", "V")),
    "Current": ("current_amperes", ("", "A")),
    "Power": ("power_watts", ("", "W")),
    "Humidity": ("humidity_ratio", ("", "%")),
}
"""Sample and accepted units by Sensor.ReadingType."""
MEASURED: Final = tuple(sample for sample, _ in _KINDS.values())
_RPM: Final = "RPM"
PERCENTAGES: Final = frozenset({"humidity_ratio"})


def sensor_rows(sensors: Iterable[Object]) -> Rows:
    """Return what the sensors of a chassis measure (schema Sensor); kinds and units that no sample has are left out."""
    rows: Rows = {}
    for sensor in sensors:
        sample, units = _KINDS.get(text(sensor.get("ReadingType")), ("", ()))
        if sample and text(sensor.get("ReadingUnits")) in units and measures(sensor):
            _put(rows, sample, name_of(sensor), sensor.get("Reading"))
    return rows


def fan_rows(fans: Iterable[Object]) -> Rows:
    """Return state and speed of fans (schema Fan)."""
    rows: Rows = {}
    for fan in fans:
        name = name_of(fan)
        _put(rows, "fan_status", name, status_of(fan))
        if measures(fan):
            _put(rows, "fan_speed_rpm", name, mapping(fan.get("SpeedPercent")).get("SpeedRPM"))
    return rows


def thermal_metrics_rows(metrics: Object) -> Rows:
    """Return the temperatures a chassis lists together (schema ThermalMetrics)."""
    rows: Rows = {}
    for each in objects(metrics.get("TemperatureReadingsCelsius")):
        place = text(each.get("DataSourceUri")).rstrip("/").rpartition("/")[2]
        _put(rows, "temperature_celsius", text(each.get("DeviceName")) or place or "unnamed", each.get("Reading"))
    return rows


def supply_rows(supplies: Iterable[Object]) -> Rows:
    """Return the state of power supplies (schema PowerSupply)."""
    rows: Rows = {}
    for supply in supplies:
        _put(rows, "power_supply_status", name_of(supply), status_of(supply))
    return rows


def supply_metrics_rows(supply: Object, metrics: Object) -> Rows:
    """Return the watts of one power supply (schema PowerSupplyMetrics)."""
    rows: Rows = {}
    for way in ("Input", "Output"):
        _put(rows, "power_watts", f"{name_of(supply)} {way.lower()}", mapping(metrics.get(f"{way}PowerWatts")).get("Reading"))
    return rows


def environment_rows(chassis: Object, metrics: Object) -> Rows:
    """Return the watts of a whole chassis (schema EnvironmentMetrics)."""
    rows: Rows = {}
    _put(rows, "power_watts", name_of(chassis), mapping(metrics.get("PowerWatts")).get("Reading"))
    return rows


def old_thermal_rows(thermal: Object) -> Rows:
    """Return temperatures and fans (schema Thermal, deprecated but what most controllers have)."""
    rows: Rows = {}
    for sensor in filter(measures, objects(thermal.get("Temperatures"))):
        _put(rows, "temperature_celsius", name_of(sensor), sensor.get("ReadingCelsius"))
    for fan in objects(thermal.get("Fans")):
        name = name_of(fan, "Name", "FanName")
        _put(rows, "fan_status", name, status_of(fan))
        if measures(fan) and text(fan.get("ReadingUnits")) == _RPM:
            _put(rows, "fan_speed_rpm", name, fan.get("Reading"))
    return rows


def old_power_rows(power: Object) -> Rows:
    """Return power supplies, watts and voltages (schema Power, deprecated but what most controllers have)."""
    rows: Rows = {}
    for supply in objects(power.get("PowerSupplies")):
        name = name_of(supply)
        _put(rows, "power_supply_status", name, status_of(supply))
        if measures(supply):
            _put(rows, "power_watts", f"{name} input", supply.get("PowerInputWatts"))
            given = supply.get("PowerOutputWatts")
            _put(rows, "power_watts", f"{name} output", supply.get("LastPowerOutputWatts") if given is None else given)
    for control in filter(measures, objects(power.get("PowerControl"))):
        _put(rows, "power_watts", name_of(control), control.get("PowerConsumedWatts"))
    for sensor in filter(measures, objects(power.get("Voltages"))):
        _put(rows, "voltage_volts", name_of(sensor), sensor.get("ReadingVolts"))
    return rows


def redundancy_rows(what: str, groups: Any) -> Rows:
    """Return the state of groups of parts that stand in for each other (schema Redundancy)."""
    rows: Rows = {}
    for group in objects(groups):
        _put(rows, "component_status", f"{what} redundancy", status_of(group))
    return rows


def _put(rows: Rows, sample: str, label: str, value: Any) -> None:
    if value is not None:
        rows.setdefault(sample, []).append((label, value))
