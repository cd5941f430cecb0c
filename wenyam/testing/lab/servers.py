"""From a device on paper to the programs that answer for it: files written, argument lists ready, nothing started yet."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from wenyam.testing.lab.errors import LabError
from wenyam.testing.lab.ground import listeners
from wenyam.testing.lab.plan import LabDevice
from wenyam.testing.lab.private_files import write_private
from wenyam.testing.lab.record import ProcessRecord
from wenyam.testing.lab.secrets import SSH_KEY, LabSecrets

SNMPD = "/usr/sbin/snmpd"
SNMP_USER = "wenyam"
_ERP_TABLES = """
CREATE DATABASE erp CHARACTER SET utf8mb4;
USE erp;
CREATE TABLE orders (number int PRIMARY KEY, item varchar(80) NOT NULL);
INSERT INTO orders SELECT seq, concat('ข้าวสาร ', seq) FROM seq_1_to_200;
GRANT SELECT ON erp.* TO 'wenyam'@'%';
"""
_LETTER_TABLES = """
CREATE TABLE letters (number int PRIMARY KEY, subject text NOT NULL);
INSERT INTO letters SELECT n, 'หนังสือเวียน ' || n FROM generate_series(1, 200) AS n;
GRANT SELECT ON letters TO wenyam;
"""


@dataclass(frozen=True, slots=True)
class Site:
    """What every server of one lab shares."""

    directory: Path
    """The lab's own directory."""
    data: Path
    """Where accounts other than ours can reach their files."""
    ports: Mapping[str, int]
    secrets: LabSecrets
    own_network: bool

    @property
    def authority(self) -> Path:
        """The directory of the lab's certificate authority."""
        return self.directory / "authority"

    def home(self, device: LabDevice, server: str) -> Path:
        """Return the directory of one server, made when missing."""
        path = self.data / "servers" / device.name / server
        path.mkdir(parents=True, exist_ok=True)
        return path


@dataclass(frozen=True, slots=True)
class Prepared:
    """A server ready to be started."""

    process: ProcessRecord
    ready: Callable[[], bool]
    after: Callable[[], None] = field(default=lambda: None)
    """What is done once, when it first answers."""


def prepare(site: Site, device: LabDevice, server: str) -> Prepared:
    """Write the files of one server of a device and return how it is started."""
    return _BUILDERS[server](site, device)


def available(server: str) -> bool:
    """Tell whether this kind of server can be built here."""
    return server in _BUILDERS and (server != "recorded" or find_spec("wenyam.testing.recorded_agent") is not None)


def listens(process: ProcessRecord) -> bool:
    """Tell whether every socket of a server is held."""
    present = set(listeners())
    return all((address, port) in present for address, port in process.endpoints)


def recording_path(name: str) -> Path:
    """Return the file of a recording inside snmpsim-data."""
    package = find_spec("snmpsim_data")
    if package is None or not package.submodule_search_locations:
        raise LabError("the Python package snmpsim-data is not installed", hint="Run: scripts/lab up, which installs it.")
    base = Path(package.submodule_search_locations[0]) / "data" / name
    for ending in (".snmprec", ".snmprec.bz2"):
        path = base.with_name(base.name + ending)
        if path.exists():
            return path
    raise LabError(f"snmpsim-data has no recording {name}")


def plain_environment() -> dict[str, str]:
    """Return the little that servers need from ours."""
    kept = {name: os.environ[name] for name in ("HOME", "LOGNAME", "USER", "PYTHONPATH") if name in os.environ}
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", **kept}


def _snmpd(site: Site, device: LabDevice) -> Prepared:
    home = site.home(device, "snmpd")
    port = site.ports["snmp"]
    lines = [
        f"agentaddress udp:{device.address}:{port}",
        f"sysname {device.name}",
        f"sysdescr Linux {device.english}",
        "syslocation laboratory",
        "sysservices 72",
        *_snmp_access(site, device),
    ]
    write_private(home / "snmpd.conf", "\n".join(lines) + "\n")
    argv = [SNMPD, "-f", "-Lo", "-I", "-smux", "-C", "-c", str(home / "snmpd.conf")]
    environment = {"SNMPCONFPATH": str(home), "SNMP_PERSISTENT_DIR": str(home / "state"), "MIBS": ""}
    return _listening(ProcessRecord(argv, str(home), {**plain_environment(), **environment}, [[device.address, port]]))


def _snmp_access(site: Site, device: LabDevice) -> list[str]:
    if device.agent == "3":
        keys = site.secrets.read("snmp-authentication"), site.secrets.read("snmp-privacy")
        return [f"createUser {SNMP_USER} SHA-256 {keys[0]} AES {keys[1]}", f"rouser {SNMP_USER} authPriv"]
    return [f"rocommunity {site.secrets.read('snmp-community')}"]


def _recorded(site: Site, device: LabDevice) -> Prepared:
    home = site.home(device, "recorded")
    port = site.ports["snmp"]
    argv = [
        sys.executable, "-m", "wenyam.testing.recorded_agent", "--recording", str(recording_path(device.recording or "")),
        "--address", device.address, "--port", str(port), "--community", site.secrets.read("snmp-community"),
    ]  # fmt: skip
    return _listening(ProcessRecord(argv, str(home), plain_environment(), [[device.address, port]]))


def _listening(process: ProcessRecord) -> Prepared:
    return Prepared(process, lambda: listens(process))


def _nginx(site: Site, device: LabDevice) -> Prepared:
    from wenyam.testing.nginx import Nginx  # noqa: PLC0415  # needs the openssl program; loaded when a web server is built

    home = site.home(device, "nginx")
    _share_authority(site, home / "tls")
    page = f"<!doctype html><meta charset=utf-8><title>{device.english}</title><h1>{device.thai}</h1><p>เข้าสู่ระบบ · Login</p>\n"
    server = Nginx(device.address, site.ports["http"], site.ports["https"], directory=home, pages={"/": page, "/login": page},
                   names=[f"{device.name}.lab.example"])  # fmt: skip
    sockets = [[device.address, server.http_port], [device.address, server.https_port]]
    return _listening(ProcessRecord(list(server.command()), str(home), plain_environment(), sockets, int(signal.SIGQUIT)))


def _share_authority(site: Site, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name in ("authority.pem", "authority.key"):
        shutil.copyfile(site.authority / name, directory / name)


def _sshd(site: Site, device: LabDevice) -> Prepared:
    from wenyam.testing.sshd import Sshd  # noqa: PLC0415  # needs the ssh-keygen program

    settings = ["SetEnv LIBVIRT_DEFAULT_URI=test:///default"] if device.hypervisor else []
    server = Sshd(device.address, site.ports["ssh"], directory=site.home(device, "sshd"), settings=settings)
    server.authorise(site.secrets.path(SSH_KEY))
    sockets = [[device.address, server.port]]
    return _listening(ProcessRecord(list(server.command()), str(server.directory), plain_environment(), sockets))


def _postgres(site: Site, device: LabDevice) -> Prepared:
    from wenyam.testing.databases import Postgres  # noqa: PLC0415  # needs the PostgreSQL programs

    home = site.home(device, "postgres")
    server = Postgres(device.address, site.ports["postgres"], home, password=site.secrets.read("postgres-admin"))
    server._install()  # noqa: SLF001  # its start() would install too, but would also be the parent
    process = ProcessRecord(
        list(server.command()), str(home), plain_environment(), [[device.address, server.port]], int(signal.SIGINT)
    )

    def fill() -> None:
        server.execute(f"CREATE ROLE wenyam LOGIN PASSWORD '{site.secrets.read('esaraban-sql')}'")
        server.execute("CREATE DATABASE esaraban")
        server.execute(_LETTER_TABLES, "esaraban")

    return Prepared(process, server.ready, fill)


def _mariadb(site: Site, device: LabDevice) -> Prepared:
    from wenyam.testing.databases import MariaDb  # noqa: PLC0415  # needs the MariaDB programs

    home = site.home(device, "mariadb")
    server = MariaDb(device.address, site.ports["mariadb"], home, password=site.secrets.read("mariadb-admin"))
    server._install()  # noqa: SLF001  # its start() would install too, but would also be the parent
    process = ProcessRecord(list(server.command()), str(home), plain_environment(), [[device.address, server.port]])

    def fill() -> None:
        server.execute(f"CREATE USER 'wenyam'@'%' IDENTIFIED BY '{site.secrets.read('erp-sql')}'")
        server.execute(_ERP_TABLES)

    return Prepared(process, server.ready, fill)


_BUILDERS: dict[str, Callable[[Site, LabDevice], Prepared]] = {
    "snmpd": _snmpd,
    "recorded": _recorded,
    "nginx": _nginx,
    "sshd": _sshd,
    "postgres": _postgres,
    "mariadb": _mariadb,
}
