"""A MariaDB or MySQL server as the programs see it, and what it says about itself."""

import contextlib
import os
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wenyam.backup.contract import Workplace
from wenyam.backup.sources.databases import limits, secret_file
from wenyam.backup.sources.mariadb_manifest import SYSTEM, prepare
from wenyam.errors import SecretError, SourceError
from wenyam.links.programs import run_program
from wenyam.links.sql_drivers.contract import Login
from wenyam.links.sql_sessions import Session, mariadb_session

TRAILER: Final = b"-- Dump completed"
_TAIL_BYTES: Final = 256
_VERSION: Final = re.compile(r"(\d+\.\d+)\.\d+(?:-MariaDB)?")
_VERSION_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Found:
    """What a server says about itself."""

    version: str
    identity: str
    databases: tuple[str, ...]
    grants: tuple[str, ...]
    """What the account may do, by SHOW GRANTS."""

    @property
    def is_mariadb(self) -> bool:
        """True for MariaDB, false for MySQL."""
        return "mariadb" in self.version.lower()


@contextlib.asynccontextmanager
async def session_of(workplace: Workplace, login: Login) -> AsyncIterator[Session]:
    """Log in, to no database in particular, in a session that stays open."""
    async with mariadb_session(login, limits(workplace)) as session:
        await prepare(session)
        yield session


async def look(session: Session) -> Found:
    """Ask a server who it is."""
    version = str((await session.rows("SELECT @@version"))[0][0])
    uid = "@@server_uid" if "mariadb" in version.lower() else "@@server_uuid"
    identity = (await session.rows(f"SELECT CONCAT_WS(' ', @@hostname, @@datadir, @@server_id, {uid})"))[0][0]
    listed = [str(row[0]) for row in await session.rows("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA ORDER BY 1")]
    grants = [str(row[0]) for row in await session.rows("SHOW GRANTS")]
    return Found(version, str(identity), tuple(name for name in listed if name.lower() not in SYSTEM), tuple(grants))


async def position(session: Session, found: Found) -> str:
    """Return the GTID and, where the account may see it, the place in the binary log; empty when there is neither."""
    variable = "@@gtid_binlog_pos" if found.is_mariadb else "@@gtid_executed"
    parts = [str((await session.rows(f"SELECT {variable}"))[0][0] or "")]
    if any(
        right in grant
        for grant in found.grants
        for right in ("ALL PRIVILEGES ON *.*", "BINLOG MONITOR", "SUPER", "REPLICATION CLIENT")
    ):
        log = await session.rows("SHOW MASTER STATUS")
        parts += [f"{row[0]}:{row[1]}" for row in log]
    return " ".join(part for part in parts if part)


async def version_of(path: str) -> str:
    """Return the version a program tells, such as 10.11; for clients that of the distribution they are from."""
    done = await run_program([path, "--no-defaults", "--version"], timeout=_VERSION_SECONDS)
    words = done.stdout.decode("utf-8", "replace")
    found = _VERSION.search(words.partition("Distrib ")[2] or words)
    return found[0] if found else "unknown"


def series(version: str) -> str:
    """Return major and minor version: 10.11 of 10.11.19-MariaDB."""
    return ".".join(version.split(".")[:2])


@contextlib.contextmanager
def option_file(workplace: Workplace, login: Login) -> Iterator[str]:
    """Give the option that makes a client log in; the password is in a file that is gone afterwards."""
    lines = ["[client]", f"user={_quoted(login, login.username)}", f"password={_quoted(login, login.password)}"]
    lines += [f"socket={login.address}"] if login.address.startswith("/") else [f"host={login.address}", "protocol=tcp"]
    lines += [f"port={login.port}", "default-character-set=utf8mb4"]
    if login.tls != "prefer":
        lines.append("ssl")
    if login.tls == "verify":
        lines.append("ssl-verify-server-cert")
    if login.authority:
        lines.append(f"ssl-ca={login.authority}")
    with secret_file(workplace.spool / ".client.cnf", "\n".join([*lines, ""])) as path:
        yield f"--defaults-file={os.fspath(path)}"


def _quoted(login: Login, text: str) -> str:
    if "\n" in text or "\0" in text:
        raise SecretError(f"the password of credential '{login.credential}' has more than one line, which the client cannot read")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def require_trailer(path: Path) -> None:
    """Raise SourceError unless the dump ends as a whole one does: cut at the end of a statement it would load without a word."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            tail = file.read()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from error
    if not tail.rstrip().rpartition(b"\n")[2].startswith(TRAILER):
        raise SourceError(f"{path.name} does not end with '{TRAILER.decode()}': the dump was cut short")
