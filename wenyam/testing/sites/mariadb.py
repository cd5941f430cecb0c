"""The pair of MariaDB servers: the main site's writes, the DR site's follows it by global transaction ids."""

import shutil

from wenyam.testing.lab.private_files import write_private
from wenyam.testing.sites.machines import Machines
from wenyam.testing.sites.plan import MAIN, RECOVERY, Node
from wenyam.testing.sites.secrets import SiteSecrets
from wenyam.testing.sites.services import Service

ACCOUNT, NAME, PORT, DATABASE = "mysql", "mariadb", 3306, "erp"
SERVER, INSTALL, CLIENT = "/usr/sbin/mariadbd", "/usr/bin/mariadb-install-db", "/usr/bin/mariadb"
HOME, SOCKET = "/srv/mariadb", "/run/mysqld/mysqld.sock"
SERVER_ID = {MAIN: 1, RECOVERY: 2}
_SETTINGS = """\
[mariadbd]
datadir=/srv/mariadb/data
tmpdir=/srv/mariadb
socket=/run/mysqld/mysqld.sock
pid-file=/run/mysqld/mysqld.pid
init-file=/srv/mariadb/first.sql
bind-address=0.0.0.0
skip-name-resolve
character-set-server=utf8mb4
innodb-flush-log-at-trx-commit=2
innodb-buffer-pool-size=16M
innodb-log-file-size=8M
server-id={server_id}
log-bin=/srv/mariadb/data/changes
log-slave-updates
gtid-strict-mode=1
binlog-format=ROW
sync-binlog=0
slave-net-timeout=5
read-only={read_only}
log-output=FILE
general-log=1
general-log-file=/srv/mariadb/statements.log
"""
_FIRST = """\
SET sql_log_bin = 0;
CREATE USER IF NOT EXISTS application@'10.%' IDENTIFIED BY '{application}';
GRANT SELECT, INSERT, UPDATE, DELETE ON erp.* TO application@'10.%';
CREATE USER IF NOT EXISTS replicator@'10.%' IDENTIFIED BY '{replication}';
GRANT REPLICATION SLAVE ON *.* TO replicator@'10.%';
CREATE USER IF NOT EXISTS watch@'10.%' IDENTIFIED BY '{watch}';
GRANT SELECT ON erp.* TO watch@'10.%';
GRANT REPLICATION CLIENT, SLAVE MONITOR, PROCESS ON *.* TO watch@'10.%';
CREATE USER IF NOT EXISTS dr@'10.%' IDENTIFIED BY '{dr}';
GRANT ALL ON *.* TO dr@'10.%' WITH GRANT OPTION;
FLUSH PRIVILEGES;
"""
_TABLE = """\
CREATE DATABASE erp CHARACTER SET utf8mb4;
USE erp;
CREATE TABLE erp.letters (number bigint PRIMARY KEY, site varchar(20) NOT NULL,
  written datetime(6) NOT NULL DEFAULT utc_timestamp(6), subject varchar(200) NOT NULL);
CREATE TABLE erp.offices (number int PRIMARY KEY, name varchar(120) NOT NULL);
INSERT INTO erp.offices SELECT seq, concat('สำนักงานสมมติ ', seq) FROM seq_1_to_500;
"""


def service() -> Service:
    """Return the server as a service."""
    return Service(NAME, (SERVER, f"--defaults-file={HOME}/server.cnf"), ACCOUNT, port=PORT)


def prepare(machines: Machines, node: Node, secrets: SiteSecrets) -> None:
    """Write a server's settings and the accounts it makes at every start."""
    home = machines.disk(node) / "mariadb"
    home.mkdir(exist_ok=True)
    settings = _SETTINGS.format(server_id=SERVER_ID[node.site], read_only=int(node.site == RECOVERY))
    (home / "server.cnf").write_text(settings, encoding="ascii")
    passwords = {name: secrets.read(name) for name in ("application", "replication")}
    write_private(home / "first.sql", _FIRST.format(**passwords, watch=secrets.read("watch-sql"), dr=secrets.read("dr-sql")))
    write_private(home / "replication", secrets.read("replication"))
    write_private(home / "leader.cnf", f"[client]\nuser=dr\npassword={secrets.read('dr-sql')}\n")
    for path in (home, home / "first.sql", home / "server.cnf"):
        shutil.chown(path, ACCOUNT, ACCOUNT)


def install(machines: Machines, node: Node) -> None:
    """Make an empty data directory."""
    words = ("--no-defaults", f"--datadir={HOME}/data", "--skip-test-db", "--auth-root-authentication-method=socket")
    machines.run(node, INSTALL, *words, "--user=mysql", "--innodb-log-file-size=8M", f"--tmpdir={HOME}")


def copy_empty(machines: Machines, source: Node, target: Node) -> None:
    """Give another machine a copy of the data directory that was just made, before any server ran on it."""
    from_disk, to_disk = (machines.disk(node) / "mariadb" / "data" for node in (source, target))
    shutil.copytree(from_disk, to_disk)
    for path in (to_disk, *to_disk.rglob("*")):
        shutil.chown(path, ACCOUNT, ACCOUNT)


def fill(machines: Machines, node: Node) -> None:
    """Make the table of numbered rows."""
    ask(machines, node, _TABLE)


def follow(machines: Machines, node: Node, leader: Node, secrets: SiteSecrets) -> None:
    """Follow the leader from its first transaction."""
    ask(
        machines,
        node,
        f"CHANGE MASTER TO MASTER_HOST='{leader.address}', MASTER_PORT={PORT}, MASTER_USER='replicator',"
        f" MASTER_PASSWORD='{secrets.read('replication')}', MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1,"
        " MASTER_HEARTBEAT_PERIOD=1; START SLAVE;",
    )


def ask(machines: Machines, node: Node, statement: str) -> str:
    """Run SQL as root at the machine's own socket and return the rows, columns parted by tabs."""
    words = (
        "--no-defaults",
        "--batch",
        "--skip-column-names",
        "--default-character-set=utf8mb4",
        f"--socket={SOCKET}",
        "-u",
        "root",
    )
    return machines.run(node, CLIENT, *words, text=statement)
