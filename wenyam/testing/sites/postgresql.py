"""The pair of PostgreSQL servers: the main site's writes, the DR site's follows it by streaming replication."""

import pwd
import shutil
from pathlib import Path

from wenyam.testing.lab.private_files import write_private
from wenyam.testing.sites.machines import Machines
from wenyam.testing.sites.plan import MAIN, RECOVERY, Node, Part, node_of
from wenyam.testing.sites.secrets import SiteSecrets
from wenyam.testing.sites.services import Service

ACCOUNT, NAME, PORT, DATABASE = "postgres", "postgresql", 5432, "erp"
PROGRAMS = "/usr/lib/postgresql/15/bin"
DATA, PASSWORDS = "/srv/postgresql/data", "/srv/postgresql/passwords"
SLOT = {MAIN: "main_site", RECOVERY: "dr_site"}
"""The replication slot that keeps what the site has not fetched yet."""
_SETTINGS = """
listen_addresses = '*'
unix_socket_directories = '/run/postgresql'
fsync = off                    # the power goes from processes here, never from the disk below
max_connections = 50
shared_buffers = 16MB
wal_level = replica
hot_standby = on
wal_log_hints = on
wal_keep_size = 64MB
max_slot_wal_keep_size = 256MB
wal_sender_timeout = 5s
wal_receiver_timeout = 5s
wal_receiver_status_interval = 1s
log_line_prefix = '%m [%p] %r '
log_statement = mod            # the proof that two sites never wrote at once
log_timezone = 'UTC'
"""
_ACCESS = """\
local all         all         peer
host  all         all         samehost    scram-sha-256
host  all         all         10.41.0.0/16 scram-sha-256
host  all         all         10.42.0.0/16 scram-sha-256
host  replication replicator  10.41.0.0/16 scram-sha-256
host  replication replicator  10.42.0.0/16 scram-sha-256
"""
_TABLE = """
CREATE TABLE letters (number bigint PRIMARY KEY, site text NOT NULL, written timestamptz NOT NULL DEFAULT clock_timestamp(),
  subject text NOT NULL);
ALTER TABLE letters OWNER TO application;
CREATE TABLE offices (number int PRIMARY KEY, name text NOT NULL);
INSERT INTO offices SELECT n, 'สำนักงานสมมติ ' || n FROM generate_series(1, 500) AS n;
GRANT SELECT ON letters, offices TO watch, application;
VACUUM (FREEZE) offices;
"""
"""The offices are frozen: no reader changes their pages any more, so a damaged one is never healed by replaying the log."""


def service() -> Service:
    """Return the server as a service."""
    return Service(NAME, (f"{PROGRAMS}/postgres", "-D", DATA), ACCOUNT, stop="INT", port=PORT)


def prepare(machines: Machines, node: Node, secrets: SiteSecrets) -> None:
    """Give a machine the directory and the passwords that replication needs."""
    home = machines.disk(node) / "postgresql"
    home.mkdir(exist_ok=True)
    lines = [f"{host.address}:{PORT}:*:replicator:{secrets.read('replication')}" for host in _both()]
    write_private(home / "passwords", "\n".join(lines) + "\n")
    for path in (home, home / "passwords"):
        _give(path)


def install(machines: Machines, node: Node) -> None:
    """Make the first server's data directory."""
    words = (
        f"{PROGRAMS}/initdb",
        "--no-sync",
        "--no-instructions",
        "-D",
        DATA,
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--data-checksums",
    )
    as_postgres(machines, node, *words)
    data = machines.disk(node) / "postgresql" / "data"
    with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(_SETTINGS)
    (data / "pg_hba.conf").write_text(_ACCESS, encoding="ascii")


def fill(machines: Machines, node: Node, secrets: SiteSecrets) -> None:
    """Make the roles, the slots and the table of numbered rows."""
    roles = {"application": "LOGIN", "replicator": "LOGIN REPLICATION", "watch": "LOGIN", "dr": "LOGIN SUPERUSER"}
    passwords = {"application": "application", "replicator": "replication", "watch": "watch-sql", "dr": "dr-sql"}
    lines = [f"CREATE ROLE {name} {how} PASSWORD '{secrets.read(passwords[name])}';" for name, how in roles.items()]
    ask(machines, node, "\n".join([*lines, "GRANT pg_monitor TO watch;", f"CREATE DATABASE {DATABASE};"]))
    ask(machines, node, f"SELECT pg_create_physical_replication_slot('{SLOT[RECOVERY]}')")
    ask(machines, node, _TABLE, DATABASE)


def follow(machines: Machines, node: Node, leader: Node) -> None:
    """Copy the leader and follow it from now on."""
    words = ("-h", leader.address, "-U", "replicator", "-D", DATA, "-R", "-S", SLOT[node.site], "--checkpoint=fast", "--no-sync")
    connection = ("-d", f"passfile={PASSWORDS} application_name={node.site}")
    as_postgres(machines, node, f"{PROGRAMS}/pg_basebackup", *connection, *words)


def ask(machines: Machines, node: Node, statement: str, database: str = "postgres") -> str:
    """Run SQL as the superuser at the machine's own socket and return the rows, columns parted by tabs."""
    words = (f"{PROGRAMS}/psql", "-X", "-q", "-At", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-")
    return as_postgres(machines, node, *words, text=statement)


def as_postgres(machines: Machines, node: Node, *words: str, text: str | None = None) -> str:
    """Run a program as the server's account on its machine."""
    entry = pwd.getpwnam(ACCOUNT)
    become = ("/usr/bin/setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups", "--")
    return machines.run(node, *become, *words, text=text)


def _both() -> tuple[Node, Node]:
    return node_of(MAIN, Part.POSTGRESQL), node_of(RECOVERY, Part.POSTGRESQL)


def _give(path: Path) -> None:
    shutil.chown(path, ACCOUNT, ACCOUNT)
