"""Real replicas: PostgreSQL copied by pg_basebackup and streaming, MariaDB following by GTID."""

import contextlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pymysql
from pymysql.cursors import DictCursor

from wenyam.testing.databases import POSTGRES_PROGRAMS, MariaDb, Postgres
from wenyam.testing.servers import ServerFailedError, as_account

_COPY_SECONDS = 120
REPLICATOR = "replicator"
_REPLICATION_PASSWORD = "replicator-test"  # noqa: S105  # made up, for servers of this test only


class PostgresReplica(Postgres):
    """A streaming replica of a running server."""

    name = "replica"

    def __init__(self, primary: Postgres, *, directory: Path | None = None, settings: Sequence[str] = ()) -> None:
        """Take the primary it follows; it is copied at the first start."""
        super().__init__(
            primary.address,
            directory=directory,
            password=primary.password,
            settings=("wal_retrieve_retry_interval=200", *settings),
        )
        self.primary = primary

    def streams(self) -> bool:
        """Tell whether it is connected to its primary."""
        return self.execute("SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'").strip() == "1"

    def wait_for(self, seconds: float = 30.0) -> None:
        """Wait until everything the primary has written now is replayed here."""
        position = self.primary.execute("SELECT pg_current_wal_insert_lsn()").strip()
        self.wait_until(lambda: self.execute(f"SELECT pg_last_wal_replay_lsn() >= '{position}'").strip() == "t", seconds)

    def copy_again(self) -> None:
        """Throw its data away and copy the primary anew, as one does with what was promoted in a drill."""
        self.stop()
        subprocess.run(["/bin/rm", "-rf", str(self.data)], check=True, timeout=_COPY_SECONDS)
        self.start()

    def _install(self) -> None:
        exists = self.primary.execute("SELECT count(*) FROM pg_roles WHERE rolname = 'replicator'").strip()
        if exists == "0":
            self.primary.execute(f"CREATE ROLE {REPLICATOR} REPLICATION LOGIN PASSWORD '{_REPLICATION_PASSWORD}'")
        program = max(POSTGRES_PROGRAMS.glob("*/bin/pg_basebackup"))
        words = [*as_account(self.account), str(program), "-h", self.primary.address, "-p", str(self.primary.port),
                 "-U", REPLICATOR, "-D", str(self.data), "-R", "-X", "stream", "-c", "fast", "--no-sync"]  # fmt: skip
        done = subprocess.run(
            words, capture_output=True, encoding="utf-8", timeout=_COPY_SECONDS, check=False, cwd=self.directory,
            env={"PGPASSWORD": _REPLICATION_PASSWORD, "PATH": os.environ["PATH"]},
        )  # fmt: skip
        if done.returncode:
            raise ServerFailedError(f"{self.name}: pg_basebackup failed: {done.stderr.strip()}")


class MariaDbReplica(MariaDb):
    """A server that follows a running one by GTID from the primary's first statement on."""

    name = "mariadb-replica"

    def __init__(self, primary: MariaDb, *, server: int = 2, directory: Path | None = None) -> None:
        """Take the primary, which must have been made with `PRIMARY_SETTINGS`."""
        settings = (f"server-id={server}", "log-bin=replica", "log-slave-updates", "slave-net-timeout=5", "skip-slave-start=0")
        super().__init__(primary.address, directory=directory, password=primary.password, settings=settings)
        self.primary = primary

    def follow(self) -> None:
        """Throw away what it is and follow the primary as it is now: all of its history is in its binary log."""
        self.primary.execute(
            f"CREATE USER IF NOT EXISTS '{REPLICATOR}'@'%' IDENTIFIED BY '{_REPLICATION_PASSWORD}';"
            f"GRANT REPLICATION SLAVE ON *.* TO '{REPLICATOR}'@'%'"
        )
        position = self.primary.execute("SELECT @@global.gtid_binlog_pos").strip()
        self.execute(
            "STOP SLAVE; RESET SLAVE ALL; RESET MASTER; SET GLOBAL read_only = ON;"
            f"SET GLOBAL gtid_slave_pos = '{position}';"
            f"CHANGE MASTER TO MASTER_HOST = '{self.primary.address}', MASTER_PORT = {self.primary.port},"
            f" MASTER_USER = '{REPLICATOR}', MASTER_PASSWORD = '{_REPLICATION_PASSWORD}', MASTER_USE_GTID = slave_pos,"
            " MASTER_CONNECT_RETRY = 1; START SLAVE"
        )
        self.wait_until(self.follows)

    def status(self) -> dict[str, Any]:
        """Return SHOW ALL SLAVES STATUS by column; empty when it follows nobody."""
        connection = pymysql.connect(
            host=self.address, port=self.port, user=self.superuser, password=self.password, cursorclass=DictCursor
        )
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("SHOW ALL SLAVES STATUS")
            return dict(cursor.fetchone() or {})

    def follows(self) -> bool:
        """Tell whether it receives and applies."""
        status = self.status()
        return {status.get("Slave_IO_Running"), status.get("Slave_SQL_Running")} == {"Yes"}

    def wait_for(self, seconds: float = 30.0) -> None:
        """Wait until everything the primary has written now is applied here."""
        position = self.primary.execute("SELECT @@global.gtid_binlog_pos").strip()
        self.wait_until(lambda: self.execute(f"SELECT MASTER_GTID_WAIT('{position}', 0)").strip() == "0", seconds)


PRIMARY_SETTINGS = ("server-id=1", "log-bin=primary")
