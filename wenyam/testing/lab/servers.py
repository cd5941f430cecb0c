"""From a device on paper to the programs that answer for it: files written, argument lists ready, nothing started yet."""

from collections.abc import Callable

from wenyam.testing.lab.agents import recorded, snmpd
from wenyam.testing.lab.information_systems import mariadb, named, nginx, postgres, rclone
from wenyam.testing.lab.plan import LabDevice
from wenyam.testing.lab.router import zebra
from wenyam.testing.lab.shells import sshd
from wenyam.testing.lab.site import Prepared, Site

_BUILDERS: dict[str, Callable[[Site, LabDevice], Prepared]] = {
    "zebra": zebra,
    "snmpd": snmpd,
    "recorded": recorded,
    "sshd": sshd,
    "nginx": nginx,
    "named": named,
    "rclone": rclone,
    "postgres": postgres,
    "mariadb": mariadb,
}


def prepare(site: Site, device: LabDevice, server: str) -> Prepared:
    """Write the files of one server of a device and return how it is started."""
    return _BUILDERS[server](site, device)
