"""The faults the lab can cause: what each does, whom it hits, and what Wenyam should say about it."""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wenyam.testing.lab.errors import UnknownFaultError
from wenyam.testing.lab.plan import DEVICES, LabDevice, behind

if TYPE_CHECKING:
    from wenyam.testing.lab.laboratory import Lab

_AGENTS = ("snmpd", "recorded")


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to break the lab."""

    name: str
    sentence: str
    expectation: str
    """What Wenyam should say."""
    default: str
    """Device it hits unless told otherwise."""
    hits: Callable[[LabDevice], bool]
    """Whether it can hit this device."""
    cause: Callable[["Lab", LabDevice], None] = lambda _lab, _device: None
    repair: Callable[["Lab", LabDevice], None] = lambda _lab, _device: None
    silences: Callable[[LabDevice], tuple[str, ...]] = lambda _device: ()
    """Addresses that vanish while it lasts."""


def find(name: str, device: str | None) -> tuple[Fault, LabDevice]:
    """Return a fault and the device it hits; UnknownFaultError names what there is."""
    if name not in FAULTS:
        raise UnknownFaultError(f"'{name}'; there are: {', '.join(FAULTS)}")
    fault = FAULTS[name]
    target = DEVICES.get(device or fault.default)
    if target is None:
        raise UnknownFaultError(f"no device '{device}' in the lab")
    if not fault.hits(target):
        possible = ", ".join(each.name for each in DEVICES.values() if fault.hits(each))
        raise UnknownFaultError(f"{name} cannot hit {target.name}; it can hit: {possible}")
    return fault, target


def silenced(active: list[str]) -> list[str]:
    """Return the addresses that the active faults ("fault device") make vanish."""
    found: list[str] = []
    for entry in active:
        name, device = entry.split()
        found += FAULTS[name].silences(DEVICES[device])
    return found


def _agent(device: LabDevice) -> str:
    return next(server for server in device.servers if server in _AGENTS)


def _has_agent(device: LabDevice) -> bool:
    return any(server in _AGENTS for server in device.servers)


def _addresses_behind(device: LabDevice) -> tuple[str, ...]:
    return tuple(DEVICES[name].address for name in behind(device.name))


_TABLE = (
    Fault(
        "host-off", "The device is dead: its address answers nothing, on no port and no ping.",
        "DOWN within 15 s, and the services standing on it; UP again when it is back.", "erp-app",
        hits=lambda _device: True, silences=lambda device: (device.address,),
    ),
    Fault(
        "parent-cut", "The device and everything whose path runs through it vanish together.",
        "One DOWN, everything behind it UNREACHABLE, none of those DOWN.", "core-1",
        hits=lambda device: len(behind(device.name)) > 1, silences=_addresses_behind,
    ),
    Fault(
        "agent-killed", "The SNMP agent's process is killed; the host itself lives.",
        "Stays UP, management lost.", "web-1", hits=_has_agent,
        cause=lambda lab, device: lab.stop_server(device, _agent(device), signal.SIGKILL),
        repair=lambda lab, device: lab.start_server(device, _agent(device)),
    ),
)  # fmt: skip

FAULTS: dict[str, Fault] = {fault.name: fault for fault in _TABLE}
