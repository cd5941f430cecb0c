"""How many series an inventory keeps for sparklines, and the disk they need (design D21)."""

from dataclasses import dataclass

from wenyam.model.instance import Configuration
from wenyam.model.inventory import Device, Inventory

BYTES_A_POINT = 5
"""Most that a kept point may take, packed as float32 with its share of row and index."""
POINTS_AN_HOUR = 60
RATES_OF_AN_INTERFACE = 8
"""Bytes, packets, errors and discards, received and transmitted."""
_HOUR = 3600.0
_NO_HOST = frozenset({"ups", "pdu", "sensor"})
_TEMPERATURES = {"sensor": 4, "switch": 3, "router": 3, "firewall": 3, "storage": 6, "server": 4, "hypervisor": 4}
"""Sensors a device of this kind usually has; how many it really has is known once it was read."""
_OF_A_UPS = 2
"""Charge and load."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a configuration watches, and what keeping its rollups takes."""

    devices: int
    links: int
    services: int
    checks: int
    readings: int
    series: int
    rollup_bytes: int

    @property
    def sentence(self) -> str:
        """One line for people."""
        numbers = (
            (self.devices, "device"), (self.links, "link"), (self.services, "service"), (self.readings, "reading"),
            (self.checks, "check"),
        )  # fmt: skip
        counts = ", ".join(f"{number:,} {noun}{'' if number == 1 else 's'}" for number, noun in numbers)
        need = "series needs" if self.series == 1 else "series need"
        return f"{counts}; about {self.series:,} kept {need} {written_size(self.rollup_bytes)}"


def estimate(configuration: Configuration) -> Estimate:
    """Count what is watched; bytes = series x hours kept x 60 points x 5 bytes."""
    inventory = configuration.inventory
    series = sum(_series_of(device) for device in inventory.devices.values())
    hours = configuration.instance.retention.rollups / _HOUR
    return Estimate(
        devices=len(inventory.devices),
        links=len(inventory.links),
        services=len(inventory.services),
        checks=_checks(inventory),
        readings=sum(len(device.reads) for device in inventory.devices.values())
        + sum(len(service.probes) for service in inventory.services.values()),
        series=series,
        rollup_bytes=round(series * hours * POINTS_AN_HOUR * BYTES_A_POINT),
    )


def _checks(inventory: Inventory) -> int:
    devices = sum(len(device.checks) for device in inventory.devices.values())
    return devices + sum(len(service.checks) for service in inventory.services.values())


def _series_of(device: Device) -> int:
    collectors = {plan.collector for plan in device.reads}
    series = 1
    if collectors & {"snmp", "ssh"}:
        series += 0 if device.kind in _NO_HOST else 2
        series += _TEMPERATURES.get(device.kind, 0)
        series += _OF_A_UPS if device.kind == "ups" else 0
    if "snmp" in collectors:
        series += RATES_OF_AN_INTERFACE * len(device.marked_interfaces)
    return series


def written_size(count: float) -> str:
    """Write bytes for people: `1.2 GiB`."""
    units = ("B", "KiB", "MiB", "GiB", "TiB")
    unit = 0
    while count >= 1024 and unit < len(units) - 1:  # noqa: PLR2004  # binary units
        count, unit = count / 1024, unit + 1
    return f"{count:.0f} {units[unit]}" if unit == 0 else f"{count:.1f} {units[unit]}"
