"""SSH servers: Linux hosts without an agent, the KVM host, and the router whose login shell is vtysh."""

from pathlib import Path

from wenyam.testing.lab.plan import LabDevice
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
        # libvirt's test driver stands in for the machines of a KVM host (libvirt.org/drvtest.html).
        settings=["SetEnv LIBVIRT_DEFAULT_URI=test:///default"] if device.hypervisor else [],
    )
    authorise(site, home)
    return listening(ProcessRecord(list(server.command()), str(home), plain_environment(), site.socket(device, "ssh")))


def authorise(site: Site, home: Path) -> None:
    """Let the lab's key, and no other, log in."""
    (home / AUTHORISED).write_bytes(site.secrets.path(SSH_KEY).with_suffix(".pub").read_bytes())
