"""Real replicas: PostgreSQL copied by pg_basebackup and streaming, MariaDB following by GTID."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from wenyam.testing.databases import POSTGRES_PROGRAMS, Postgres
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
