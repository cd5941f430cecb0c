"""What every machine of the lab has: a disk, accounts, names of hosts, and an SSH server with a login for each role."""

import shutil
import subprocess
from pathlib import Path

from wenyam.testing.sites.machines import Machines
from wenyam.testing.sites.plan import NAME_SERVER, NODES, ZONE, Node
from wenyam.testing.sites.secrets import LOGINS, SiteSecrets, make_key
from wenyam.testing.sites.services import Service

SSH_PORT = 22
_WATCH_UID = 64010
"""Of the login that only looks; the login of the steps is root under another name, as sudo would make it."""
_SSHD = """\
HostKey /srv/sshd/host_key
AuthorizedKeysFile /srv/sshd/keys/%u
AllowUsers {logins}
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
StrictModes no
PidFile none
UseDNS no
MaxStartups 200
LogLevel VERBOSE
Subsystem sftp internal-sftp
"""


def copy_etc(directory: Path) -> None:
    """Give the machines an /etc of their own: whoever installs a package on this machine changes nothing on them."""
    words = ["/usr/bin/cp", "--archive", "/etc", str(directory / "etc")]
    subprocess.run(words, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)


def lay_ground(machines: Machines, node: Node, secrets: SiteSecrets) -> Service:
    """Make a machine's disk, accounts and SSH server; return the latter."""
    place, disk = machines.place(node), machines.disk(node)
    for folder in (place / "etc", disk / "log", disk / "sshd" / "keys"):
        folder.mkdir(parents=True, exist_ok=True)
    disk.chmod(0o755)
    (disk / "log").chmod(0o1777)
    _write_accounts(place / "etc")
    names = "".join(f"{each.address} {each.name}\n" for each in NODES.values())
    (place / "etc" / "hosts").write_text(f"127.0.0.1 localhost\n{names}", encoding="ascii")
    resolver = f"search {ZONE}\nnameserver {NAME_SERVER}\noptions timeout:1 attempts:2\n"
    (place / "etc" / "resolv.conf").write_text(resolver, encoding="ascii")
    return _login_server(disk / "sshd", secrets)


def known_hosts(machines: Machines) -> str:
    """Return the host keys of every machine, as an operator would write them down at the consoles."""
    lines = []
    for node in NODES.values():
        kind, key = (machines.disk(node) / "sshd" / "host_key.pub").read_text(encoding="ascii").split()[:2]
        lines.append(f"{node.address} {kind} {key}\n")
    return "".join(lines)


def _write_accounts(etc: Path) -> None:
    accounts = f"watch:x:{_WATCH_UID}:{_WATCH_UID}:the one who looks:/:/bin/sh\ndr:x:0:0:steps of a DR plan:/root:/bin/sh\n"
    # Ours come last: the first name of number 0 must stay root, which MariaDB knows its administrator by.
    (etc / "passwd").write_text(Path("/etc/passwd").read_text(encoding="utf-8") + accounts, encoding="utf-8")
    locked = "".join(f"{login}:*:19000:0:99999:7:::\n" for login in LOGINS)
    (etc / "shadow").write_text(Path("/etc/shadow").read_text(encoding="utf-8") + locked, encoding="utf-8")
    (etc / "shadow").chmod(0o600)


def _login_server(home: Path, secrets: SiteSecrets) -> Service:
    if not (home / "host_key").exists():
        make_key(home / "host_key", "host")
    for login in LOGINS:
        shutil.copyfile(secrets.path(login).with_suffix(".pub"), home / "keys" / login)
    (home / "sshd_config").write_text(_SSHD.format(logins=" ".join(LOGINS)), encoding="ascii")
    return Service("ssh", ("/usr/sbin/sshd", "-D", "-e", "-f", "/srv/sshd/sshd_config"), port=SSH_PORT)
