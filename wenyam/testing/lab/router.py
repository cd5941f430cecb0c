"""The router: a network of its own with interfaces and routes, FRR's zebra in it, its tables in SNMP through AgentX."""

import shutil
import sys
from pathlib import Path

from wenyam.testing.lab import bound
from wenyam.testing.lab.ground import IP, MOUNT, NSENTER, UNSHARE, is_mount, run
from wenyam.testing.lab.plan import DEVICES, LabDevice
from wenyam.testing.lab.record import ProcessRecord
from wenyam.testing.lab.site import Prepared, Site, listening, plain_environment

ZEBRA, VTYSH = "/usr/lib/frr/zebra", "/usr/bin/vtysh"
INTERFACES = {"lan0": "10.20.0.1/24", "wan0": "198.51.100.2/30", "dr0": "10.21.0.1/30"}
_DESCRIPTIONS = {"lan0": "to firewall-1", "wan0": "isp-1", "dr0": "dr-line"}
_PREFIX_LISTS = (
    ("AGENCY", "description เครือข่ายของหน่วยงาน"),
    ("AGENCY", "seq 5 permit 10.20.0.0/16 le 24"),
    ("AGENCY", "seq 10 permit 10.30.0.0/16 le 24"),
    ("AGENCY", "seq 15 deny any"),
)
"""Part of the running configuration, so that its backup holds more than interfaces."""
_STATIC = (("10.30.0.0/16", "10.21.0.2"), ("0.0.0.0/0", "198.51.100.1"))


def make_network(site: Site) -> Path:
    """Make the router's network, kept by a mount until the lab goes; harmless when it is there. Return the mount.

    FRR must never see, let alone change, the routes of the machine the lab runs on.
    """
    path = network(site)
    if not is_mount(path):
        path.touch()
        lines = [f"{IP} link set lo up"]
        for name in INTERFACES:
            far = f"{name}-far"
            lines += [f"{IP} link add {name} type veth peer name {far}", f"{IP} link set {name} up", f"{IP} link set {far} up"]
        for name, address in INTERFACES.items():
            lines.append(f"{IP} address add {address} dev {name}")
        lines += [f"{IP} route add {target} via {gateway}" for target, gateway in _STATIC]
        run([UNSHARE, f"--net={path}", "--", "/bin/sh", "-c", " && ".join(lines)])
    return path


def network(site: Site) -> Path:
    """Return the file that stands for the router's network."""
    device = next(each for each in DEVICES.values() if each.router)
    return site.home(device, "zebra") / "network"


def inside(site: Site, words: list[str]) -> list[str]:
    """Return how a program is run in the router's network."""
    return [NSENTER, f"--net={network(site)}", "--", *words]


def agent_inside(site: Site, device: LabDevice, words: list[str]) -> list[str]:
    """Return how an agent is run in the router's network that answers at the router's address in the lab."""
    bind = [sys.executable, "-I", str(bound.__file__), device.address, str(site.ports["snmp"])]
    return [*bind, *inside(site, words)]


def agentx_socket(site: Site, device: LabDevice) -> Path:
    """Return the Unix socket on which the router's snmpd takes zebra's tables (RFC 2741)."""
    return site.home(device, "zebra") / "agentx"


def zebra(site: Site, device: LabDevice) -> Prepared:
    """Prepare zebra; it connects to the agent whenever that is there."""
    home = site.home(device, "zebra")
    (home / "zebra.conf").write_text(_configuration(device), encoding="utf-8")
    (home / "vtysh.conf").touch()
    (home / "frr.conf").write_text(f"agentXSocket {agentx_socket(site, device)}\nagentXPingInterval 2\n", encoding="utf-8")
    account = "root" if site.own_network else "frr"
    if account != "root":
        shutil.chown(home, account, account)
    words = [
        ZEBRA, "-f", str(home / "zebra.conf"), "-i", str(home / "zebra.pid"), "--vty_socket", str(home),
        "-z", str(home / "zserv"), "-P", "0", "-M", "snmp", "-u", account, "-g", account,
    ]  # fmt: skip
    environment = plain_environment(SNMPCONFPATH=str(home), MIBS="", MIBDIRS=str(home))
    if site.own_network:
        words = _in_its_group(home, words)
    return listening(ProcessRecord(inside(site, words), str(home), environment, files=[str(home / "zebra.vty")]))


def login_shell(site: Site, device: LabDevice, spoiler: str = "") -> Path:
    """Write the program an SSH login runs: vtysh as the account's shell; its answers go through `spoiler` where there is one."""
    home = site.home(device, "zebra")
    path = home / "login"
    vtysh = f"{VTYSH} --vty_socket {home} --config_dir {home}"
    asked = f'{vtysh} -c "$SSH_ORIGINAL_COMMAND"'
    answer = f"{asked} | {spoiler}" if spoiler else f"exec {asked}"
    path.write_text(f'#!/bin/sh\nif [ -n "$SSH_ORIGINAL_COMMAND" ]; then {answer}; exit; fi\nexec {vtysh}\n', encoding="utf-8")
    path.chmod(0o755)
    return path


def _in_its_group(home: Path, words: list[str]) -> list[str]:
    """FRR insists on a group frrvty and on its own membership; in a network of its own every group is the one real group."""
    groups = home / "group"
    groups.write_text("frrvty:x:0:root\n" + Path("/etc/group").read_text(encoding="utf-8"), encoding="utf-8")
    bind = f'{MOUNT} --bind {groups} /etc/group && exec "$@"'
    return [UNSHARE, "--mount", "--", "/bin/sh", "-c", bind, "sh", *words]


def _configuration(device: LabDevice) -> str:
    interfaces = "".join(f"interface {name}\n description {_DESCRIPTIONS[name]}\n" for name in INTERFACES)
    lists = "".join(f"ip prefix-list {name} {rule}\n" for name, rule in _PREFIX_LISTS)
    return f"hostname {device.name}\nlog stdout informational\nagentx\n{interfaces}{lists}line vty\n"
