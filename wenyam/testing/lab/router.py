"""The router: FRR's zebra in a network namespace with interfaces and routes of its own, its tables in SNMP through AgentX."""

import os
import shutil
from pathlib import Path

from wenyam.testing.lab.ground import IP, UNSHARE
from wenyam.testing.lab.plan import LabDevice
from wenyam.testing.lab.record import ProcessRecord
from wenyam.testing.lab.site import Prepared, Site, listening, plain_environment

ZEBRA, VTYSH = "/usr/lib/frr/zebra", "/usr/bin/vtysh"
_INTERFACES = ("lan0", "wan0", "dr0")
_CONFIGURATION = """hostname router-1
log stdout informational
agentx
interface lan0
 description to firewall-1
 ip address 10.20.0.1/24
interface wan0
 description isp-1
 ip address 198.51.100.2/30
interface dr0
 description dr-line
 ip address 10.21.0.1/30
line vty
"""


def agentx_socket(site: Site, device: LabDevice) -> Path:
    """Return the Unix socket on which the router's snmpd takes zebra's tables (RFC 2741)."""
    return site.home(device, "zebra") / "agentx"


def zebra(site: Site, device: LabDevice) -> Prepared:
    """Prepare zebra; it connects to the agent whenever that is there."""
    home = site.home(device, "zebra")
    (home / "zebra.conf").write_text(_CONFIGURATION, encoding="ascii")
    (home / "vtysh.conf").touch()
    (home / "frr.conf").write_text(f"agentXSocket {agentx_socket(site, device)}\nagentXPingInterval 2\n", encoding="utf-8")
    account = "root" if site.own_network else "frr"
    if os.geteuid() == 0 and not site.own_network:
        shutil.chown(home, "frr", "frr")
    words = [
        ZEBRA, "-f", str(home / "zebra.conf"), "-i", str(home / "zebra.pid"), "--vty_socket", str(home),
        "-z", str(home / "zserv"), "-P", "0", "-M", "snmp", "-u", account, "-g", account,
    ]  # fmt: skip
    # Its own namespace: FRR must never see, let alone change, the routes of the machine the lab runs on.
    argv = [UNSHARE, "--net", "--", "/bin/sh", "-c", _furnish(), "sh", *words]
    environment = plain_environment(SNMPCONFPATH=str(home), MIBS="", MIBDIRS=str(home))
    return listening(ProcessRecord(argv, str(home), environment, files=[str(home / "zebra.vty")]))


def login_shell(site: Site, device: LabDevice) -> Path:
    """Write the program an SSH login runs: vtysh, as it would be the account's shell."""
    home = site.home(device, "zebra")
    path = home / "login"
    vtysh = f"{VTYSH} --vty_socket {home} --config_dir {home}"
    path.write_text(
        f'#!/bin/sh\nif [ -n "$SSH_ORIGINAL_COMMAND" ]; then exec {vtysh} -c "$SSH_ORIGINAL_COMMAND"; fi\nexec {vtysh}\n',
        encoding="utf-8",
    )
    path.chmod(0o755)
    return path


def _furnish() -> str:
    lines = [f"{IP} link set lo up"]
    for name in _INTERFACES:
        lines += [
            f"{IP} link add {name} type veth peer name {name}-far",
            f"{IP} link set {name} up",
            f"{IP} link set {name}-far up",
        ]
    lines += ['exec "$@"']
    return " && ".join(lines)
