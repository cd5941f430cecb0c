"""What every server of one lab shares, and what a server ready to be started is."""

import getpass
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wenyam.testing.lab.ground import OWN_NETWORK_USER, listeners
from wenyam.testing.lab.plan import PERSONNEL_SERVER, LabDevice
from wenyam.testing.lab.record import ProcessRecord
from wenyam.testing.lab.secrets import LabSecrets


@dataclass(frozen=True, slots=True)
class Site:
    """Directories, ports and secrets of one lab."""

    directory: Path
    """The lab's own directory."""
    data: Path
    """Where accounts other than ours can reach their files."""
    ports: Mapping[str, int]
    secrets: LabSecrets
    own_network: bool

    @property
    def authority(self) -> Path:
        """The directory of the lab's certificate authority; clients trust its `authority.pem`."""
        return self.directory / "authority"

    @property
    def username(self) -> str:
        """Who logs in over SSH: ourselves, or in a network of its own the user made for that."""
        return OWN_NETWORK_USER if self.own_network else getpass.getuser()

    @property
    def kept(self) -> Path:
        """Where the lab's repositories lie; what was backed up outlives the servers it came from."""
        return self.directory / "backups"

    @property
    def documents(self) -> Path:
        """The folder of documents on the personnel server."""
        return self.data / "servers" / PERSONNEL_SERVER / "documents"

    def home(self, device: LabDevice, server: str) -> Path:
        """Return the directory of one server, made when missing."""
        path = self.data / "servers" / device.name / server
        path.mkdir(parents=True, exist_ok=True)
        return path

    def socket(self, device: LabDevice, server: str) -> list[tuple[str, int]]:
        """Return where a server of one port listens."""
        return [(device.address, self.ports[server])]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A server ready to be started."""

    process: ProcessRecord
    ready: Callable[[], bool]
    after: Callable[[], None] = field(default=lambda: None)
    """What is done once, when it first answers."""


def listening(process: ProcessRecord) -> Prepared:
    """Return a server that is ready as soon as it holds its sockets."""
    return Prepared(process, lambda: listens(process))


def listens(process: ProcessRecord) -> bool:
    """Tell whether every socket and every file of a server is there."""
    present = set(listeners())
    return all((address, port) in present for address, port in process.endpoints) and all(
        Path(path).exists() for path in process.files
    )


def plain_environment(**more: str) -> dict[str, str]:
    """Return the little that servers need from our environment, and more."""
    kept = {name: os.environ[name] for name in ("HOME", "LOGNAME", "USER", "PYTHONPATH") if name in os.environ}
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", **kept, **more}
