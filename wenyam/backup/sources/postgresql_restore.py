"""Loading PostgreSQL's dumps into a private server of the same major version, and measuring what came back."""

import contextlib
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wenyam.backup.contract import Workplace
from wenyam.backup.sources.databases import (
    FILES,
    databases_in,
    digests,
    files_section,
    merged,
    restore_errors,
)
from wenyam.backup.sources.loading import (
    START_SECONDS,
    answers,
    fetched_files,
    first_value,
    load_each,
    private_directory,
    question_for,
    refuse_production,
    run_to_end,
)
from wenyam.backup.sources.postgresql_manifest import SUPERUSER, measure, roles
from wenyam.backup.sources.postgresql_server import Program, Server, program_of
from wenyam.errors import CommandFailedError, NotTestedError, RestoreError
from wenyam.links.private_servers import private_server
from wenyam.links.sql_drivers.contract import Login
from wenyam.model.backup import Manifest, Parts

ROLES_FILE: Final = "roles.sql"
MARK: Final = "wenyam scratch"
_EMPTY: Final = "template1"
_PROGRAMS: Final = ("initdb", "postgres", "psql", "pg_restore")
_SETTINGS: Final = (
    "listen_addresses=", "unix_socket_permissions=0700", f"cluster_name={MARK}", "fsync=off", "synchronous_commit=off",
    "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "archive_mode=off", "autovacuum=off", "jit=off",
    "shared_buffers=128MB", "maintenance_work_mem=128MB", "max_wal_size=2GB", "max_connections=20",
    "max_locks_per_transaction=512",
    "dynamic_shared_memory_type=mmap", "logging_collector=off", "shared_preload_libraries=",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RestoredPostgresql:
    """Databases that came back, in a private server."""

    server: Server
    then: Manifest
    databases: dict[str, Path]
    files: dict[str, Path]
    version: str
    identity: str
    checksums: bool

    async def manifest(self) -> Manifest:
        """Measure what came back."""
        parts: list[Parts] = [{FILES: files_section(await digests(list(self.files.values())))}]
        for database in self.databases:
            async with self.server.session(database) as session:
                parts.append({**await measure(session, database, checksums=self.checksums), "roles": await roles(session)})
        clock = self.server.workplace.clock
        return Manifest(self.then.source, clock.now(), merged(parts), {"server": self.version, "identity": self.identity})

    async def answer(self, question: str) -> str:
        """Run a query that only reads; `DATABASE: query` asks another database than the first."""
        database, query = question_for(question, self.databases)
        with restore_errors():
            async with self.server.session(database, {}) as session:  # with the search path that the database itself has
                return first_value(await session.rows(query))


@contextlib.asynccontextmanager
async def restored_server(
    workplace: Workplace, fetched: Path, manifest: Manifest, *, checksums: bool
) -> AsyncIterator[RestoredPostgresql]:
    """Start a private server, load everything, and end it afterwards."""
    files = await fetched_files(workplace, fetched, manifest.parts)
    databases = databases_in(files, ".dump")
    programs = await _programs(workplace, _major(manifest))
    with restore_errors():
        async with _running(workplace, programs) as server:
            identity = await _identity(server)
            refuse_production(identity, manifest)
            await _load(server, programs, files[ROLES_FILE], databases, manifest)
            yield RestoredPostgresql(server, manifest, databases, files, programs["postgres"].version, identity, checksums)


def _major(manifest: Manifest) -> int:
    """Return the source's major version; NotTestedError when a newer program dumped it.

    Measured: what pg_dump 15 writes of a server of version 14 does not load into one of version 14.
    """
    server, dumped = (int(manifest.tools[name].split(".")[0]) for name in ("server", "pg_dump"))
    if server != dumped:
        raise NotTestedError(
            f"wrong major version: PostgreSQL {server} was dumped by pg_dump {dumped}, which may not load into {server} again",
            hint=f"Install the Debian package postgresql-client-{server} where the backup runs.",
        )
    return server


async def _programs(workplace: Workplace, major: int) -> dict[str, Program]:
    try:
        return {name: await program_of(workplace, name, major) for name in _PROGRAMS}
    except CommandFailedError as error:
        raise NotTestedError(error.what, hint=error.advice) from error


@contextlib.asynccontextmanager
async def _running(workplace: Workplace, programs: dict[str, Program]) -> AsyncIterator[Server]:
    directory, user = await private_directory(workplace, "pg", "PostgreSQL", ".s.PGSQL.5432.lock")
    await _initialise(workplace, programs["initdb"], directory, user)
    settings = [word for setting in (f"unix_socket_directories={directory}", *_SETTINGS) for word in ("-c", setting)]
    login = Login(str(directory), 5432, _EMPTY, SUPERUSER, "", "private server")
    environment = {"PGHOST": str(directory), "PGUSER": SUPERUSER, "PGCLIENTENCODING": "UTF8", "PGPASSFILE": "/nonexistent"}
    server = Server(workplace, login, environment, user)
    async with private_server(
        [programs["postgres"].path, "-D", str(directory / "data"), *settings],
        directory=directory, ready=lambda: answers(server.session(_EMPTY)), seconds=START_SECONDS,
        clock=workplace.clock, user=user, stop=signal.SIGINT,
    ):  # fmt: skip
        yield server


async def _initialise(workplace: Workplace, initdb: Program, directory: Path, user: str | None) -> None:
    words = [
        initdb.path, "--no-sync", "--no-instructions", "--encoding=UTF8", "--locale=C", "--auth=trust", f"--username={SUPERUSER}",
        "-D", str(directory / "data"),
    ]  # fmt: skip
    await run_to_end(workplace, words, "initdb", user=user)


async def _identity(server: Server) -> str:
    """Return the target's identity, once it is proven to be the server that was started here."""
    settings = "current_setting('cluster_name'), current_setting('data_directory')"
    asked = f"SELECT system_identifier::text, {settings} FROM pg_control_system()"  # noqa: S608  # only our own words
    async with server.session(_EMPTY) as session:
        identity, mark, data = (await session.rows(asked))[0]
    if (mark, data) != (MARK, f"{server.login.address}/data"):
        raise RestoreError(f"the server at {server.login.address} is not the private one that was started; nothing was loaded")
    return str(identity)


async def _load(
    server: Server, programs: dict[str, Program], roles_file: Path, databases: dict[str, Path], manifest: Manifest
) -> None:
    """Load roles, then each database under its own name, with its owner, rights and settings."""
    await _require_extensions(server, manifest)
    psql = programs["psql"].path
    quiet = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--no-password")
    await server.run(psql, *quiet, "--command=DROP DATABASE postgres", database=_EMPTY)
    await server.run(psql, *quiet, "--output=/dev/null", database=_EMPTY, stdin_from=roles_file)
    words = ("--create", "--exit-on-error", "--no-tablespaces", "--no-password", f"--dbname={_EMPTY}")

    async def load(_: str, path: Path) -> None:
        with _unknown_locale():
            await server.run(programs["pg_restore"].path, *words, stdin_from=path)

    await load_each(server.workplace, databases, load)


@contextlib.contextmanager
def _unknown_locale() -> Iterator[None]:
    try:
        yield
    except CommandFailedError as error:
        if "invalid locale name" in error.what:
            raise NotTestedError(f"this machine lacks the source's locale: {error.what}") from error
        raise


async def _require_extensions(server: Server, manifest: Manifest) -> None:
    async with server.session(_EMPTY) as session:
        known = {str(row[0]) for row in await session.rows("SELECT quote_ident(name) FROM pg_available_extensions")}
    used = {item.rpartition(".")[2] for item in manifest.parts.get("extensions", {})}
    if used - known:
        raise NotTestedError(
            f"this machine lacks extensions that the source uses: {', '.join(sorted(used - known))}",
            hint="Install their packages for the same major version.",
        )
