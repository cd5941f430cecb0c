"""The small programs that the administrators of the two sites would keep on their database servers."""

from pathlib import Path

from wenyam.testing.sites import mariadb, postgresql
from wenyam.testing.sites.plan import Node, Part

FOLLOW, DRILL_COPY = "/srv/bin/follow", "/srv/bin/drill-copy"
"""`follow ADDRESS` makes a server the replica of another from scratch; `drill-copy start|stop` makes a copy and drops it."""
COPY_LOCK, COPY_LOG = "/run/lab/drill-copy.lock", "/srv/drill-copy.log"
"""Held while a copy is made or dropped, so that whoever asks for its status waits; and what was done, one word a line."""
COPY_PORT = {Part.POSTGRESQL: 5433, Part.MARIADB: 3307}
_AS_POSTGRES = "/usr/bin/setpriv --reuid=postgres --regid=postgres --clear-groups --"
_FOLLOW_POSTGRESQL = """\
#!/bin/sh
# Throws this server's data away and follows the server at $1.
set -eu
service postgresql stop
rm -rf {data}
run='{run}'
cd /srv/postgresql
where="host=$1 user=replicator passfile={passwords} application_name={site}"
$run {programs}/pg_receivewal --create-slot --if-not-exists -S {slot} -d "$where dbname=replication"
$run {programs}/pg_basebackup -d "$where" -D {data} -R -S {slot} --checkpoint=fast --no-sync
service postgresql start
"""
_FOLLOW_MARIADB = """\
#!/bin/sh
# Throws this server's rows away and follows the server at $1.
set -eu
umask 077
copy=/srv/mariadb/copy.sql
trap 'rm -f "$copy"' EXIT
mariadb-dump --defaults-extra-file=/srv/mariadb/leader.cnf -h "$1" --single-transaction --master-data=1 --gtid \\
  --databases erp > "$copy"
own="mariadb --no-defaults --socket={socket} -u root"
$own -e "SET GLOBAL read_only = 1; STOP SLAVE; RESET SLAVE ALL; SET SESSION sql_log_bin = 0; DROP DATABASE IF EXISTS erp;
  RESET MASTER; SET GLOBAL gtid_slave_pos = '';"
{{ echo 'SET SESSION sql_log_bin = 0;'; cat "$copy"; }} | $own
{{ printf "CHANGE MASTER TO MASTER_HOST='%s', MASTER_PORT=3306, MASTER_USER='replicator', MASTER_USE_GTID=slave_pos," "$1"
  printf " MASTER_CONNECT_RETRY=1, MASTER_HEARTBEAT_PERIOD=1, MASTER_PASSWORD='%s';" "$(cat /srv/mariadb/replication)"
  echo 'START SLAVE;'; }} | $own
"""
_COPY_POSTGRESQL = """\
#!/bin/sh
# A copy of this server for a drill: its own directory and port, nothing of the replica is touched.
set -eu
copy=/srv/postgresql/drill
[ "$1" = status ] || echo "$1" >> {log}
run='{run}'
cd /srv/postgresql
stop() {{
  [ ! -d "$copy" ] || $run {programs}/pg_ctl -D "$copy" -m immediate -w stop > /dev/null 2>&1 || true
  rm -rf "$copy"
}}
case "$1" in
start)
  stop
  $run {programs}/pg_basebackup -d "host={address} user=replicator passfile={passwords}" -D "$copy" --checkpoint=fast --no-sync
  rm -f "$copy/standby.signal"
  # Neither follows anybody nor waits for more: it recovers to where it was copied and opens for writing.
  printf "port = {port}\nprimary_conninfo = ''\nprimary_slot_name = ''\n" >> "$copy/postgresql.auto.conf"
  $run {programs}/pg_ctl -D "$copy" -l "$copy/log" -w start > /dev/null
  ;;
stop) stop ;;
status) [ -d "$copy" ] && $run {programs}/pg_ctl -D "$copy" status > /dev/null || exit 1 ;;
*) echo "Usage: $0 start|stop|status" >&2; exit 2 ;;
esac
"""
_COPY_MARIADB = """\
#!/bin/sh
# A copy of this server for a drill: its own directory and port, nothing of the replica is touched.
set -eu
copy=/srv/mariadb/drill
[ "$1" = status ] || echo "$1" >> {log}
stop() {{
  [ ! -S /run/mysqld/drill.sock ] || mariadb-admin --no-defaults --socket=/run/mysqld/drill.sock -u root shutdown || true
  rm -rf "$copy"
}}
case "$1" in
start)
  stop
  mkdir "$copy"; chown mysql:mysql "$copy"
  mariadb-install-db --no-defaults --datadir="$copy" --skip-test-db --auth-root-authentication-method=socket --user=mysql \\
    --innodb-log-file-size=8M > /dev/null
  start-stop-daemon --start --quiet --background --make-pidfile --pidfile /run/lab/drill.pid --chuid mysql --output "$copy/log" \\
    --startas {server} -- --no-defaults --datadir="$copy" --socket=/run/mysqld/drill.sock --pid-file=/run/mysqld/drill.pid \\
    --bind-address=0.0.0.0 --port={port} --skip-name-resolve --character-set-server=utf8mb4 --innodb-log-file-size=8M \\
    --innodb-buffer-pool-size=16M --init-file=/srv/mariadb/first.sql
  tries=0
  until mariadb --no-defaults --socket=/run/mysqld/drill.sock -u root -e 'SELECT 1' > /dev/null 2>&1; do
    tries=$((tries + 1)); [ $tries -lt 100 ] || exit 1; sleep 0.1
  done
  mariadb-dump --no-defaults --socket={socket} -u root --single-transaction --databases erp |
    mariadb --no-defaults --socket=/run/mysqld/drill.sock -u root
  touch "$copy/whole"
  ;;
stop) stop ;;
status) [ -S /run/mysqld/drill.sock ] && [ -e "$copy/whole" ] || exit 1 ;;
*) echo "Usage: $0 start|stop|status" >&2; exit 2 ;;
esac
"""


def write_database_scripts(disk: Path, node: Node) -> None:
    """Write what an administrator would keep on this database server."""
    folder = disk / "bin"
    folder.mkdir(exist_ok=True)
    if node.part is Part.POSTGRESQL:
        words = {"log": COPY_LOG, "run": _AS_POSTGRES, "programs": postgresql.PROGRAMS, "passwords": postgresql.PASSWORDS}
        follow = _FOLLOW_POSTGRESQL.format(**words, data=postgresql.DATA, site=node.site, slot=postgresql.SLOT[node.site])
        copy = _COPY_POSTGRESQL.format(**words, address=node.address, port=COPY_PORT[node.part])
    else:
        follow = _FOLLOW_MARIADB.format(socket=mariadb.SOCKET)
        copy = _COPY_MARIADB.format(log=COPY_LOG, socket=mariadb.SOCKET, server=mariadb.SERVER, port=COPY_PORT[node.part])
    for name, text in (("follow", follow), ("drill-copy", copy)):
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)
