"""What people use: web servers, databases and the name server."""

import shutil
import signal

from wenyam.testing.databases import MariaDb, Postgres
from wenyam.testing.lab.plan import DEVICES, LabDevice
from wenyam.testing.lab.record import ProcessRecord
from wenyam.testing.lab.site import Prepared, Site, listening, plain_environment
from wenyam.testing.nginx import Nginx

NAMED, ZONE = "/usr/sbin/named", "lab.example"
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


def nginx(site: Site, device: LabDevice) -> Prepared:
    """Prepare a web server with a login page, over HTTP and over TLS with a certificate of the lab's authority."""
    home = site.home(device, "nginx")
    tls = home / "tls"
    tls.mkdir(exist_ok=True)
    for name in ("authority.pem", "authority.key"):
        shutil.copyfile(site.authority / name, tls / name)
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


def named(site: Site, device: LabDevice) -> Prepared:
    """Prepare the name server: the lab's own zone, no recursion."""
    home = site.home(device, "named")
    records = "".join(f"{each.name} A {each.address}\n" for each in DEVICES.values())
    (home / "zone").write_text(
        f"$TTL 60\n@ SOA {device.name} hostmaster (1 3600 600 86400 60)\n@ NS {device.name}\n{records}", encoding="ascii"
    )
    (home / "named.conf").write_text(
        f'options {{ directory "{home}"; listen-on port {site.ports["dns"]} {{ {device.address}; }}; listen-on-v6 {{ none; }};\n'
        f'  recursion no; dnssec-validation no; pid-file none; session-keyfile "{home}/session.key"; notify no; }};\n'
        f'controls {{ }};\nzone "{ZONE}" {{ type primary; file "{home}/zone"; }};\n',
        encoding="utf-8",
    )
    argv = [NAMED, "-g", "-n", "1", "-c", str(home / "named.conf")]
    return listening(ProcessRecord(argv, str(home), plain_environment(), site.socket(device, "dns")))


def postgres(site: Site, device: LabDevice) -> Prepared:
    """Prepare PostgreSQL with the letters of e-Saraban in it."""
    server = postgres_server(site, device)
    server._install()  # noqa: SLF001  # its own start() would install too, but would make us the server's parent
    words = list(server.command())
    process = ProcessRecord(
        words, str(server.directory), plain_environment(), site.socket(device, "postgres"), int(signal.SIGINT)
    )

    def fill() -> None:
        server.execute(f"CREATE ROLE wenyam LOGIN PASSWORD '{site.secrets.read('esaraban-sql')}'")
        server.execute("CREATE DATABASE esaraban")
        server.execute(_LETTER_TABLES, "esaraban")

    return Prepared(process, server.ready, fill)


def postgres_server(site: Site, device: LabDevice) -> Postgres:
    """Return the handle on a device's PostgreSQL, running or not."""
    return Postgres(
        device.address, site.ports["postgres"], site.home(device, "postgres"), password=site.secrets.read("postgres-admin")
    )


def mariadb(site: Site, device: LabDevice) -> Prepared:
    """Prepare MariaDB with the orders of the ERP in it."""
    server = mariadb_server(site, device)
    server._install()  # noqa: SLF001  # as above
    process = ProcessRecord(list(server.command()), str(server.directory), plain_environment(), site.socket(device, "mariadb"))

    def fill() -> None:
        server.execute(f"CREATE USER 'wenyam'@'%' IDENTIFIED BY '{site.secrets.read('erp-sql')}'")
        server.execute(_ERP_TABLES)

    return Prepared(process, server.ready, fill)


def mariadb_server(site: Site, device: LabDevice) -> MariaDb:
    """Return the handle on a device's MariaDB, running or not."""
    return MariaDb(
        device.address, site.ports["mariadb"], site.home(device, "mariadb"), password=site.secrets.read("mariadb-admin")
    )
