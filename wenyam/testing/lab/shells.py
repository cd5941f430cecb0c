"""SSH servers: Linux hosts without an agent, the KVM host, and the router whose login shell is vtysh."""

from pathlib import Path

from wenyam.testing.lab.plan import DEVICES, PORTS, LabDevice
from wenyam.testing.lab.record import ProcessRecord
from wenyam.testing.lab.router import login_shell
from wenyam.testing.lab.secrets import SSH_KEY
from wenyam.testing.lab.site import Prepared, Site, listening, plain_environment
from wenyam.testing.sshd import Sshd

AUTHORISED = "authorized_keys"


def sshd(site: Site, device: LabDevice) -> Prepared:
    """Prepare the OpenSSH server of a device."""
    home = site.home(device, "sshd")
    server = Sshd(
        device.address,
        site.ports["ssh"],
        directory=home,
        force_command=str(login_shell(site, device)) if device.router else None,
        settings=("Subsystem sftp internal-sftp",),
    )
    authorise(site, home)
    return listening(ProcessRecord(list(server.command()), str(home), plain_environment(), site.socket(device, "ssh")))


def record_host_keys(site: Site, known_hosts: Path) -> None:
    """Write down the host keys of the lab's SSH servers, as an operator would after comparing them at the consoles."""
    devices = [device for device in DEVICES.values() if device.ssh]
    lines = []
    for device in devices:
        kind, key = (site.home(device, "sshd") / "host_key.pub").read_text(encoding="ascii").split()[:2]
        port = site.ports["ssh"]
        where = device.address if port == PORTS["ssh"] else f"[{device.address}]:{port}"
        lines.append(f"{where} {kind} {key}\n")
    known_hosts.write_text("".join(lines), encoding="ascii")


def authorise(site: Site, home: Path) -> None:
    """Let the lab's key, and no other, log in."""
    (home / AUTHORISED).write_text(site.secrets.public(SSH_KEY) + "\n", encoding="ascii")
