"""PostgreSQL: pg_dump in a snapshot that is measured at the same moment; restored into a private server of the same version."""

import re
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import ClassVar, Final

from wenyam.backup.comparison import LEFT_OUT, UNSETTLED
from wenyam.backup.contract import Dump, Restored, Workplace
from wenyam.backup.sources.databases import (
    FILES,
    DatabaseOptions,
    digests,
    file_name,
    files_section,
    login,
    merged,
    source_errors,
    together,
    unsettled,
)
from wenyam.backup.sources.postgresql_manifest import measure, queries, roles, sequences
from wenyam.backup.sources.postgresql_restore import ROLES_FILE, restored_server
from wenyam.backup.sources.postgresql_server import Program, Server, program_of, reached
from wenyam.backup.sources.postgresql_target import target
from wenyam.backup.targets import Target
from wenyam.backup.timing import CHECK
from wenyam.errors import SourceError
from wenyam.links.sql_sessions import Session
from wenyam.model.backup import Manifest, Parts

TABLESPACES_FILE: Final = "tablespaces.sql"
PORT: Final = 5432
_MAINTENANCE: Final = "postgres"
_LOCK_BATCH: Final = 500
_OLDEST: Final = 13
_PROGRAMS: Final = ("pg_dump", "pg_dumpall", "pg_restore")


class PostgresqlSource:
    """Backs up databases of one PostgreSQL server."""

    Config: ClassVar[type[DatabaseOptions]] = DatabaseOptions

    def __init__(self, config: DatabaseOptions) -> None:
        """Take validated options."""
        self._config = config

    async def dump(self, workplace: Workplace) -> Dump:
        """Dump roles and each database; SourceError when any of it is not whole, a CollectError when the login fails."""
        taken = workplace.clock.now()
        given = login(workplace, self._config, PORT, (self._config.databases or (_MAINTENANCE,))[0])
        with source_errors(), reached(workplace, given) as server:
            found = await _look(server)
            programs = {name: await program_of(workplace, name, found.major, newer=True) for name in _PROGRAMS}
            databases = self._config.databases or found.databases
            files, parts = await _dump_roles(server, programs["pg_dumpall"], found)
            positions = []
            for database in databases:
                path = workplace.spool / file_name(database, ".dump")
                workplace.progress(f"dump {database}", 0, None)
                position, section = await self._dump_database(server, programs, database, path)
                files.append(path)
                parts.append(section)
                positions.append(f"{database} {position}")
        with workplace.timings.part(workplace.clock, CHECK):
            sums = await digests(files)
        tools = {name: program.version for name, program in programs.items()} | {
            "server": found.version,
            "identity": found.identity,
        }
        manifest = Manifest("postgresql", taken, merged([*parts, {FILES: files_section(sums)}]), tools, ", ".join(positions))
        return Dump(tuple(files), manifest, sums)

    async def _dump_database(self, server: Server, programs: dict[str, Program], database: str, path: Path) -> tuple[str, Parts]:
        """Dump one database and measure it in the same snapshot; return its position and sections."""
        async with server.session(database) as session:
            await session.rows("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            snapshot = str((await session.rows("SELECT pg_export_snapshot()"))[0][0])
            position = await _position(session)
            await _hold_tables(session)
            before = await sequences(session, database)
            words = ["--format=custom", f"--snapshot={snapshot}", f"--file={path}", "--no-password", "--lock-wait-timeout=60s"]
            dumping = server.run(programs["pg_dump"].path, *words, database=database)
            measured = await together(dumping, measure(session, database, checksums=self._config.checksums))
            moved = unsettled("sequences", before, await sequences(session, database))
        with server.workplace.timings.part(server.workplace.clock, CHECK):
            await server.run(programs["pg_restore"].path, "--file=/dev/null", str(path))  # reads all of it
        return position, {**measured, **({UNSETTLED: moved} if moved else {})}

    def restored(self, workplace: Workplace, fetched: Path, manifest: Manifest) -> AbstractAsyncContextManager[Restored]:
        """Load into a private server of the same major version; NotTestedError when this machine has none."""
        return restored_server(workplace, fetched, manifest, checksums="content" in manifest.parts)

    def target(self, workplace: Workplace) -> AbstractAsyncContextManager[Target]:
        """Open the server that the options name, for a real restore."""
        return target(workplace, self._config, PORT)


class _Found:
    """What the server says about itself."""

    def __init__(self, version: str, identity: str, databases: Sequence[str], *, superuser: bool) -> None:
        self.version = version
        self.major = int(re.split(r"\D", version, maxsplit=1)[0])
        self.identity = identity
        self.databases = tuple(databases)
        self.superuser = superuser


async def _look(server: Server) -> _Found:
    async with server.session(server.login.database) as session:
        asked = "SELECT current_setting('server_version'), (SELECT system_identifier::text FROM pg_control_system()), r.rolsuper"
        version, identity, superuser = (await session.rows(f"{asked} FROM pg_roles r WHERE r.rolname = current_user"))[0]
        listed = "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname"
        databases = [str(row[0]) for row in await session.rows(listed)]
    found = _Found(str(version), str(identity), databases, superuser=bool(superuser))
    if found.major < _OLDEST:
        raise SourceError(f"{server.login.at} is PostgreSQL {version}; {_OLDEST} is the oldest that can be measured")
    return found


async def _dump_roles(server: Server, program: Program, found: _Found) -> tuple[list[Path], list[Parts]]:
    """Dump what belongs to no database; only a superuser may read the passwords of roles."""
    without = [] if found.superuser else ["--no-role-passwords"]
    files = []
    for name, what in ((ROLES_FILE, "--roles-only"), (TABLESPACES_FILE, "--tablespaces-only")):
        path = server.workplace.spool / name
        words = [what, f"--file={path}", "--no-password", *without]
        await server.run(program.path, *words, "--database=" + _MAINTENANCE)
        files.append(path)
    async with server.session(server.login.database) as session:
        parts: list[Parts] = [{"roles": await roles(session)}]
    if without:
        parts.append({LEFT_OUT: {"passwords of roles": f"'{server.login.username}' is no superuser and may not read them"}})
    return files, parts


async def _position(session: Session) -> str:
    asked = "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text"
    return str((await session.rows(asked))[0][0])


async def _hold_tables(session: Session) -> None:
    """Keep every table from being emptied or changed until dump and measuring are over: TRUNCATE knows no snapshots."""
    tables = [str(row[0]) for row in await session.rows(queries()[":tables"])]
    for first in range(0, len(tables), _LOCK_BATCH):
        await session.rows(f"LOCK TABLE ONLY {', ONLY '.join(tables[first : first + _LOCK_BATCH])} IN ACCESS SHARE MODE")
