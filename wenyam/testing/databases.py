"""Real PostgreSQL and MariaDB servers with data directories of their own, for tests and the lab."""

import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from wenyam.testing.ports import free_port
from wenyam.testing.servers import RealServer, ServerFailedError, as_account, give_to_account

POSTGRES_PROGRAMS = Path("/usr/lib/postgresql")
MARIADB_SERVER, MARIADB_INSTALL, MARIADB_CLIENT = "/usr/sbin/mariadbd", "/usr/bin/mariadb-install-db", "/usr/bin/mariadb"
_INSTALL_SECONDS = 120


class Database(RealServer):
    """What both have in common: a superuser with a password, `execute`, and a data directory that survives `stop`."""

    account = "nobody"
    superuser = ""

    def __init__(self, address: str, port: int, directory: Path | None, password: str) -> None:
        """Take where to listen and the superuser's password; the data directory is made at the first start."""
        super().__init__(address, directory)
        self.port = port or free_port(address)
        self.password = password
        self.data = self.directory / "data"
        self.socket = self.directory / "server.sock"
        give_to_account(self.directory, self.account)

    def start(self, seconds: float = 60.0) -> None:
        """Make the data directory if there is none, start, and wait until it answers queries."""
        if not self.data.exists():
            self._install()
        super().start(seconds)

    def execute(self, statement: str, database: str | None = None) -> str:
        """Run SQL as the superuser; return what the client prints, columns parted by tabs. ServerFailedError on any error."""
        done = self._client(statement, database)
        if done.returncode:
            raise ServerFailedError(f"{self.name}: {done.stderr.strip()}")
        return done.stdout

    def _client(self, statement: str, database: str | None) -> subprocess.CompletedProcess[str]:
        raise NotImplementedError

    def _install(self) -> None:
        raise NotImplementedError

    def _run_as_account(self, words: Sequence[str]) -> None:
        done = subprocess.run(
            [*as_account(self.account), *words],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            cwd=self.directory,
            timeout=_INSTALL_SECONDS,
            check=False,
        )
        if done.returncode:
            raise ServerFailedError(f"{self.name}: {words[0]} failed: {done.stderr.strip() or done.stdout.strip()}")


class Postgres(Database):
    """PostgreSQL: superuser `postgres`, password login over TCP, every durability switch off."""

    name = "postgres"
    account = "postgres"
    superuser = "postgres"

    def __init__(
        self,
        address: str = "127.0.0.1",
        port: int = 0,
        directory: Path | None = None,
        *,
        password: str = "postgres-test",  # noqa: S107  # made up, for a server of this test only
        settings: Sequence[str] = (),
    ) -> None:
        """Prepare; `settings` are further `name=value` server settings."""
        super().__init__(address, port, directory, password)
        self._settings = tuple(settings)

    def command(self) -> Sequence[str]:
        """Run the server in the foreground as an account that is not root."""
        settings = (
            f"listen_addresses={self.address}", f"port={self.port}", f"unix_socket_directories={self.directory}", "fsync=off",
            "synchronous_commit=off", "full_page_writes=off", "max_connections=50", "shared_buffers=16MB", *self._settings,
        )  # fmt: skip
        words = [_postgres_program("postgres"), "-D", str(self.data)]
        for setting in settings:
            words += ["-c", setting]
        return [*as_account(self.account), *words]

    def ready(self) -> bool:
        """Tell whether it answers a query."""
        return self._client("SELECT 1", None).returncode == 0

    def set_password(self, user: str, password: str) -> None:
        """Change a user's password, as its administrator would."""
        self.execute(f"ALTER ROLE \"{user}\" PASSWORD '{password}'")
        if user == self.superuser:
            self.password = password

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop fast: open sessions are ended."""
        super().stop(how)

    def _install(self) -> None:
        secret = self.directory / "superuser"
        secret.write_text(self.password + "\n", encoding="utf-8")
        give_to_account(secret, self.account)
        secret.chmod(0o600)
        self._run_as_account(
            [_postgres_program("initdb"), "--no-sync", "--no-instructions", "-D", str(self.data), "-U", self.superuser, "-E",
             "UTF8", "--locale=C.UTF-8", "-A", "scram-sha-256", f"--pwfile={secret}"],
        )  # fmt: skip
        secret.unlink()

    def _client(self, statement: str, database: str | None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [_postgres_program("psql"), "-X", "-q", "-At", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", self.address, "-p",
             str(self.port), "-U", self.superuser, "-d", database or "postgres", "-f", "-"],
            input=statement, capture_output=True, encoding="utf-8", timeout=_INSTALL_SECONDS, check=False,
            env={"PGPASSWORD": self.password, "PGCONNECT_TIMEOUT": "5", "LC_ALL": "C.UTF-8"},
        )  # fmt: skip


class MariaDb(Database):
    """MariaDB: superuser `root`, password login over TCP, nothing synced to disk."""

    name = "mariadb"
    account = "mysql"
    superuser = "root"

    def __init__(
        self,
        address: str = "127.0.0.1",
        port: int = 0,
        directory: Path | None = None,
        *,
        password: str = "mariadb-test",  # noqa: S107  # made up, for a server of this test only
        settings: Sequence[str] = (),
    ) -> None:
        """Prepare; `settings` are further `name=value` server options."""
        super().__init__(address, port, directory, password)
        self._settings = tuple(settings)

    def command(self) -> Sequence[str]:
        """Run the server in the foreground as an account that is not root."""
        options = (
            f"datadir={self.data}", f"tmpdir={self.directory}",
            f"socket={self.socket}", f"bind-address={self.address}", f"port={self.port}",
            f"pid-file={self.directory / 'mariadb.pid'}", f"init-file={self.directory / 'first.sql'}", "skip-name-resolve",
            "character-set-server=utf8mb4",
            "innodb-flush-log-at-trx-commit=0", "innodb-buffer-pool-size=16M", "innodb-log-file-size=8M", *self._settings,
        )  # fmt: skip
        return [*as_account(self.account), MARIADB_SERVER, "--no-defaults", *(f"--{option}" for option in options)]

    def ready(self) -> bool:
        """Tell whether it answers a query."""
        return self._client("SELECT 1", None).returncode == 0

    def set_password(self, user: str, password: str) -> None:
        """Change a user's password at `%`, as its administrator would."""
        self.execute(f"ALTER USER '{user}'@'%' IDENTIFIED BY '{password}'")
        if user == self.superuser:
            self.password = password
            self._write_first_statements()

    def _install(self) -> None:
        self._write_first_statements()
        self._run_as_account(
            [MARIADB_INSTALL, "--no-defaults", f"--datadir={self.data}", "--skip-test-db",
             "--auth-root-authentication-method=normal", "--innodb-log-file-size=8M", f"--tmpdir={self.directory}"],
        )  # fmt: skip

    def _write_first_statements(self) -> None:
        first = self.directory / "first.sql"
        first.write_text(
            f"CREATE USER IF NOT EXISTS 'root'@'%' IDENTIFIED BY '{self.password}';\n"
            f"ALTER USER 'root'@'%' IDENTIFIED BY '{self.password}';\n"
            "GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;\n"
            "DELETE FROM mysql.global_priv WHERE User IN ('root', '') AND Host <> '%';\nFLUSH PRIVILEGES;\n",
            encoding="utf-8",
        )
        first.chmod(0o600)
        give_to_account(first, self.account)

    def _client(self, statement: str, database: str | None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [MARIADB_CLIENT, "--no-defaults", "--batch", "--skip-column-names", "--default-character-set=utf8mb4",
             "-h", self.address, "-P", str(self.port),
             "--protocol=tcp", "-u", self.superuser, "--connect-timeout=5", *([database] if database else [])],
            input=statement, capture_output=True, encoding="utf-8", timeout=_INSTALL_SECONDS, check=False,
            env={"MYSQL_PWD": self.password, "LC_ALL": "C.UTF-8"},
        )  # fmt: skip


def _postgres_program(name: str) -> str:
    found = sorted(POSTGRES_PROGRAMS.glob(f"*/bin/{name}"))
    if not found:
        raise ServerFailedError(f"no {name} under {POSTGRES_PROGRAMS}: install the package postgresql")
    return str(found[-1])
