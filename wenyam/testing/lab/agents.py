"""SNMP agents: net-snmp for the lab's own servers, recordings for the devices nobody has on a desk."""

import sys
from pathlib import Path

from wenyam.testing.lab.ground import MOUNT, UNSHARE
from wenyam.testing.lab.plan import FILE_SERVER, LabDevice
from wenyam.testing.lab.private_files import write_private
from wenyam.testing.lab.record import ProcessRecord
from wenyam.testing.lab.router import agent_inside, agentx_socket
from wenyam.testing.lab.site import Prepared, Site, listening, plain_environment
from wenyam.testing.recording import package_path
from wenyam.testing.snmpd import SnmpdUser

SNMPD = "/usr/sbin/snmpd"
SNMP_USER, AUTHENTICATION, PRIVACY = "wenyam", "sha256", "aes128"
SHARE, SHARE_MEBIBYTES = "/srv", 64
"""Where the file server keeps its files: a small file system that only its own processes see, so that it can be filled."""
_SYSTEM_NAME = "1.3.6.1.2.1.1.5.0"
"""sysName.0 (SNMPv2-MIB)."""
_BUILT_IN = "-smux,-ipCidrRouteTable,-inetCidrRouteTable,-ipForward"
"""net-snmp modules left out: SMUX would take a port of the machine, and a router's routes come from zebra."""


def snmpd(site: Site, device: LabDevice) -> Prepared:
    """Prepare the net-snmp agent of a device."""
    home = site.home(device, "snmpd")
    write_agent_configuration(site, device, site.secrets.read("snmp-community"), site.secrets.read("snmp-authentication"))
    modules = _BUILT_IN if device.router else "-smux"
    argv = [SNMPD, "-f", "-Lo", "-I", modules, "-M", "", "-m", "", "-C", "-c", str(home / "snmpd.conf")]
    environment = plain_environment(SNMPCONFPATH=str(home), SNMP_PERSISTENT_DIR=str(home / "state"))
    argv = agent_inside(site, device, argv) if device.router else _with_share(device, argv)
    return listening(ProcessRecord(argv, str(home), environment, site.socket(device, "snmp")))


def write_agent_configuration(site: Site, device: LabDevice, community: str, authentication_key: str) -> None:
    """Write snmpd.conf with these secrets; net-snmp has no way to take them from elsewhere."""
    lines = [
        f"agentaddress udp:{device.address}:{site.ports['snmp']}",
        f"sysname {device.name}",
        f"sysdescr Linux lab {device.english}",
        "syslocation laboratory",
        "sysservices 72",
        "dontLogTCPWrappersConnects yes",
    ]
    if device.agent == "3":
        lines += SnmpdUser(SNMP_USER, AUTHENTICATION, authentication_key, PRIVACY, site.secrets.read("snmp-privacy")).lines()
    else:
        lines.append(f"rocommunity {community}")
    if device.router:
        lines += ["master agentx", f"agentXSocket {agentx_socket(site, device)}", "agentXPerms 0777 0777"]
    write_private(site.home(device, "snmpd") / "snmpd.conf", "\n".join(lines) + "\n")


def recorded(site: Site, device: LabDevice) -> Prepared:
    """Prepare an agent that answers from a recording, under the device's own name."""
    home = site.home(device, "recorded")
    recording = package_path(device.recording or "")
    argv = [
        sys.executable, "-m", "wenyam.testing.recorded_agent", "--recording", str(recording), "--address", device.address,
        "--port", str(site.ports["snmp"]), "--community-file", str(site.secrets.path("snmp-community")),
        "--control", str(control_socket(site, device)), "--replace", f"{_SYSTEM_NAME}=text:{device.name}",
        *(word for value in device.healed for word in ("--replace", value)),
        *(word for subtree in device.only for word in ("--only", subtree)),
    ]  # fmt: skip
    return listening(ProcessRecord(argv, str(home), plain_environment(), site.socket(device, "snmp")))


def control_socket(site: Site, device: LabDevice) -> Path:
    """Return where the recorded agent of a device takes commands."""
    return site.home(device, "recorded") / "control"


def _with_share(device: LabDevice, argv: list[str]) -> list[str]:
    if device.name != FILE_SERVER:
        return argv
    mount = f'{MOUNT} -t tmpfs -o size={SHARE_MEBIBYTES}m,mode=0755 files {SHARE} && exec "$@"'
    return [UNSHARE, "--mount", "--", "/bin/sh", "-c", mount, "sh", *argv]
