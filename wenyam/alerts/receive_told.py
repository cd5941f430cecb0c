"""What both ways in have in common: what somebody told us, as a row and as a state; its text is clean from here on. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from wenyam.model.inventory import Device
from wenyam.model.receiving import Received
from wenyam.model.states import CheckResult, Subject

NAME_LENGTH, TEXT_LENGTH, KEY_LENGTH = 120, 500, 60


@dataclass(frozen=True, slots=True)
class Told:
    """What one trap or alert comes to: a row always, and a state where it means one."""

    row: Received
    subject: Subject | None = None
    result: CheckResult | None = None


class Addresses:
    """Devices by name and by address. Whom an address belongs to is how a device is found, never how it is trusted."""

    def __init__(self, devices: Mapping[str, Device]) -> None:
        """Take the devices of the inventory; an address of two devices names neither."""
        self._devices = devices
        found: dict[str, set[str]] = {}
        for device in devices.values():
            for address in device.addresses:
                found.setdefault(_plain(address), set()).add(device.name)
        self._names = {address: next(iter(names)) for address, names in found.items() if len(names) == 1}
        self._known = frozenset(found)

    def is_known(self, address: str) -> bool:
        """Tell whether an address is in the inventory."""
        return _plain(address) in self._known

    def at(self, address: str) -> Device | None:
        """Return the device that has this address."""
        name = self._names.get(_plain(address))
        return None if name is None else self._devices[name]

    def called(self, text: str) -> Device | None:
        """Return the device of this name or address; a port behind it does not matter."""
        host = text.strip()
        if host.startswith("["):
            host = host[1:].partition("]")[0]
        elif host.count(":") == 1:
            host = host.partition(":")[0]
        return self._devices.get(text.strip()) or self._devices.get(host) or self.at(host)


def _plain(address: str) -> str:
    """Write an address in its one form; an IPv4 address inside IPv6 is itself."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)
