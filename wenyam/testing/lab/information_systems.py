"""What people use: web servers, databases and the name server."""

import shutil
import signal
from collections.abc import Callable
from pathlib import Path

from wenyam.testing.certificates import TestAuthority
from wenyam.testing.databases import MariaDb, Postgres
from wenyam.testing.lab.backups import DUMP_USER
from wenyam.testing.lab.contents import LETTERS, MARIADB_DUMP_RIGHTS, ORDERS, POSTGRES_DUMP_RIGHTS
from wenyam.testing.lab.plan import DEVICES, LabDevice
from wenyam.testing.lab.record import ProcessRecord
from wenyam.testing.lab.site import Prepared, Site, listening, plain_environment
from wenyam.testing.named import ZONE, Named
from wenyam.testing.nginx import Nginx
from wenyam.testing.rclone import RcloneServer


def nginx(site: Site, device: LabDevice) -> Prepared:
    """Prepare a web server with a login page, over HTTP and over TLS with a certificate of the lab's authority."""
    home = site.home(device, "nginx")
    _authority_of(site, home)
    page = f"<!doctype html><meta charset=utf-8><title>{device.english}</title><h1>{device.thai}</h1><p>เข้าสู่ระบบ · Login</p>\n"
    server = Nginx(
        device.address,
        site.ports["http"],
        site.ports["https"],
        directory=home,
        pages={"/": page, "/login": page},
        names=[f"{device.name}.{ZONE}"],
    )
    sockets = [*site.socket(device, "http"), *site.socket(device, "https")]
    return listening(ProcessRecord(list(server.command()), str(home), plain_environment(), sockets, int(signal.SIGQUIT)))


def rclone(site: Site, device: LabDevice) -> Prepared:
    """Prepare the vault: restic's REST protocol over TLS, through which nothing can be removed."""
    home = site.home(device, "rclone")
    server = RcloneServer(
        site.secrets.read("vault-login"),
        address=device.address,
        port=site.ports["vault"],
        directory=home,
        certificate=_authority_of(site, home).issue("good", device.address),
        data=site.kept / "vault",
    )
    return listening(ProcessRecord(list(server.command()), str(home), plain_environment(), site.socket(device, "vault")))


def named(site: Site, device: LabDevice) -> Prepared:
    """Prepare the name server of the lab's zone."""
    authority = f"@ IN SOA {device.name} hostmaster 2026010101 3600 600 86400 300", f"@ IN NS {device.name}"
    records = (f"{each.name} IN A {each.address}" for each in DEVICES.values())
    home = site.home(device, "named")
    server = Named(device.address, site.ports["dns"], directory=home, records=[*authority, *records])
    return listening(ProcessRecord(list(server.command()), str(home), plain_environment(), site.socket(device, "dns")))


def postgres(site: Site, device: LabDevice) -> Prepared:
    """Prepare PostgreSQL with the letters of e-Saraban in it."""
    server = database_server(site, device)

    def fill() -> None:
        server.execute(f"CREATE ROLE wenyam LOGIN PASSWORD '{site.secrets.read('esaraban-sql')}'")
        server.execute(f"CREATE ROLE {DUMP_USER} LOGIN PASSWORD '{site.secrets.read('esaraban-dump')}'")
        server.execute(POSTGRES_DUMP_RIGHTS)
        server.execute("CREATE DATABASE esaraban")
        server.execute(LETTERS, "esaraban")

    return _database(site, device, server, fill, signal.SIGINT)


def mariadb(site: Site, device: LabDevice) -> Prepared:
    """Prepare MariaDB with the orders of the ERP in it."""
    server = database_server(site, device)

    def fill() -> None:
        server.execute(f"CREATE USER 'wenyam'@'%' IDENTIFIED BY '{site.secrets.read('erp-sql')}'")
        server.execute(f"CREATE USER {DUMP_USER}@'%' IDENTIFIED BY '{site.secrets.read('erp-dump')}'")
        server.execute(ORDERS)
        server.execute(MARIADB_DUMP_RIGHTS)

    return _database(site, device, server, fill, signal.SIGTERM)


def database_server(site: Site, device: LabDevice) -> Postgres | MariaDb:
    """Return the handle on a device's database server, running or not."""
    kind = device.database or ""
    home, password = site.home(device, kind), site.secrets.read(f"{kind}-admin")
    if kind == "postgres":
        return Postgres(device.address, site.ports[kind], home, password=password)
    return MariaDb(device.address, site.ports[kind], home, password=password)


def _authority_of(site: Site, home: Path) -> TestAuthority:
    """Return the lab's authority in a copy of one server's own, so that two may sign at once."""
    tls = home / "tls"
    tls.mkdir(exist_ok=True)
    for name in ("authority.pem", "authority.key"):
        shutil.copyfile(site.authority / name, tls / name)
    return TestAuthority(tls)


def _database(
    site: Site, device: LabDevice, server: Postgres | MariaDb, fill: Callable[[], None], stop: signal.Signals
) -> Prepared:
    server._install()  # noqa: SLF001  # its own start() would install too, but would make us the server's parent
    sockets = site.socket(device, device.database or "")
    process = ProcessRecord(list(server.command()), str(server.directory), plain_environment(), sockets, int(stop))
    return Prepared(process, server.ready, fill)
