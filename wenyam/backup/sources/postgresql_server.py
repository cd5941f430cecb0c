"""A PostgreSQL server as the programs see it, and programs of the right major version."""

import contextlib
import os
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wenyam.backup.contract import Workplace
from wenyam.backup.sources.databases import limits, seconds_left, secret_file
from wenyam.backup.sources.loading import ending, last_words
from wenyam.backup.sources.postgresql_manifest import SESSION
from wenyam.errors import CommandFailedError, SecretError
from wenyam.links.programs import run_program
from wenyam.links.sql_drivers.contract import Login
from wenyam.links.sql_drivers.postgresql import TLS_MODE
from wenyam.links.sql_sessions import Session, postgresql_session

_VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)(\S*)")
_VERSION_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Program:
    """A program that is installed here."""

    path: str
    version: str

    @property
    def major(self) -> int:
        """Return its major version."""
        return int(re.split(r"\D", self.version, maxsplit=1)[0])


async def program_of(workplace: Workplace, name: str, major: int, *, newer: bool = False) -> Program:
    """Find a program of exactly this major version, or a newer one where that will do; CommandFailedError otherwise."""
    found = []
    for asked in (f"{name}-{major}", name):
        with contextlib.suppress(CommandFailedError):
            program = await _program(workplace.tools(asked))
            if program.major == major or (newer and program.major > major):
                return program
            found.append(program.version)
    there = f"there is only {' and '.join(found)}" if found else "there is none"
    raise CommandFailedError(
        f"wrong major version: this needs {name} of PostgreSQL {major}, {there} on this machine",
        hint=f"Install the Debian package postgresql-{major}, or name the program in the configuration: tools.{name}-{major}.",
    )


async def _program(path: str) -> Program:
    done = await run_program([path, "--version"], timeout=_VERSION_SECONDS)
    found = _VERSION.search(done.stdout.decode("utf-8", "replace"))
    if found is None:
        raise CommandFailedError(f"{path} does not tell its version")
    return Program(path, found[1] + found[2])


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is and as whom it is used, for its programs and for sessions."""

    workplace: Workplace
    login: Login
    environment: Mapping[str, str]
    """What libpq reads, without the password."""
    user: str | None = None
    """Account that the programs run as; ourselves when None."""

    async def run(self, program: str, *words: str, database: str = "", stdin_from: Path | None = None) -> bytes:
        """Run one of PostgreSQL's programs to a good end; CommandFailedError with its own words otherwise."""
        extra = {"PGDATABASE": database} if database else {}  # never as a word: libpq would read 'host=elsewhere' in it
        done = await run_program(
            [program, *words],
            timeout=seconds_left(self.workplace),
            environment={**self.environment, **extra},
            user=self.user,
            clock=self.workplace.clock,
            stdin_from=stdin_from,
        )
        if done.exit_status:
            raise CommandFailedError(f"{Path(program).name} {ending(done.exit_status)}: {last_words(done.stderr)}")
        return done.stdout

    @contextlib.asynccontextmanager
    async def session(self, database: str, settings: Mapping[str, str] = SESSION) -> AsyncIterator[Session]:
        """Log in to one database, for reading."""
        login = Login(
            self.login.address, self.login.port, database, self.login.username, self.login.password, self.login.credential,
            self.login.tls, self.login.authority,
        )  # fmt: skip
        async with postgresql_session(login, limits(self.workplace), **settings) as session:
            yield session


@contextlib.contextmanager
def reached(workplace: Workplace, login: Login) -> Iterator[Server]:
    """Give the server of a login; its programs find the password in a file that is gone afterwards."""
    environment = {
        "PGHOST": login.address,
        "PGPORT": str(login.port),
        "PGUSER": login.username,
        "PGSSLMODE": TLS_MODE[login.tls],
        "PGCONNECT_TIMEOUT": "30",
        "PGAPPNAME": "wenyam",
        "PGCLIENTENCODING": "UTF8",
        "PGOPTIONS": "-c idle_in_transaction_session_timeout=0 -c statement_timeout=0",
    }
    if login.authority or login.tls == "verify":
        environment["PGSSLROOTCERT"] = login.authority or "system"
    with secret_file(workplace.spool / ".pgpass", _password_line(login)) as path:
        yield Server(workplace, login, {**environment, "PGPASSFILE": os.fspath(path)})


def _password_line(login: Login) -> str:
    if "\n" in login.password or "\0" in login.password:
        raise SecretError(f"the password of credential '{login.credential}' has more than one line, which PostgreSQL cannot read")
    escaped = login.password.replace("\\", "\\\\").replace(":", "\\:")
    return f"*:*:*:*:{escaped}\n"
