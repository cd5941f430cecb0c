"""MariaDB and MySQL: a dump and a measuring snapshot that start at the same instant; restored into a private server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
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
    seconds_left,
    source_errors,
    together,
    unsettled,
)
from wenyam.backup.sources.loading import ending
from wenyam.backup.sources.mariadb_manifest import VERSIONED, Table, rows, sequences, structure, tables, users
from wenyam.backup.sources.mariadb_restore import USERS_FILE, restored_server
from wenyam.backup.sources.mariadb_server import (
    Found,
    look,
    option_file,
    position,
    require_trailer,
    session_of,
    version_of,
)
from wenyam.backup.sources.mariadb_target import target
from wenyam.backup.sources.mariadb_text import may, quoted, rights_on
from wenyam.backup.targets import Target
from wenyam.backup.timing import CHECK
from wenyam.errors import CommandFailedError, SourceError
from wenyam.links.programs import run_program
from wenyam.links.sql_drivers.contract import Login
from wenyam.links.sql_sessions import Session
from wenyam.model.backup import Manifest, Parts

PORT: Final = 3306
GLOBAL_LOCK, TABLE_LOCKS, NO_LOCK = "FLUSH TABLES WITH READ LOCK", "LOCK TABLES READ", "none: counted before and after"
_NEEDED: Final = ("SELECT", "SHOW VIEW", "TRIGGER", "EVENT")
"""Without one of these the server hides things instead of refusing, and a dump would lack them without a word."""
_SNAPSHOT_SECONDS: Final = 30.0
_BEGUN: Final = (b"-- Setting savepoint", b"-- Retrieving", b"-- Sending SELECT")
"""What the dump program says right after its snapshot has started."""
_LAST_LINES: Final = 12
_SNAPSHOT: Final = "START TRANSACTION WITH CONSISTENT SNAPSHOT"


@dataclass(frozen=True, slots=True)
class _Place:
    """What dumping one database needs."""

    workplace: Workplace
    login: Login
    program: str
    options: str
    """The word that makes the program log in."""
    found: Found
    checksums: bool


@dataclass(frozen=True, slots=True)
class _Dumped:
    """What dumping one database came to."""

    parts: Parts
    notes: dict[str, str]
    position: str


class MariaDbSource:
    """Backs up databases of one MariaDB or MySQL server."""

    Config: ClassVar[type[DatabaseOptions]] = DatabaseOptions

    def __init__(self, config: DatabaseOptions) -> None:
        """Take validated options."""
        self._config = config

    async def dump(self, workplace: Workplace) -> Dump:
        """Dump each database, then users; SourceError when any of it is not whole, a CollectError when the login fails."""
        taken = workplace.clock.now()
        given = login(workplace, self._config, PORT, "")
        with source_errors(), option_file(workplace, given) as options:
            async with session_of(workplace, given) as session:
                found = await look(session)
            program = workplace.tools("mariadb-dump" if found.is_mariadb else "mysqldump")
            place = _Place(workplace, given, program, options, found, self._config.checksums)
            files: list[Path] = []
            parts: list[Parts] = []
            positions: list[str] = []
            notes: dict[str, str] = {}
            databases = self._config.databases or found.databases
            for database in databases:
                path = workplace.spool / file_name(database, ".sql")
                workplace.progress(f"dump {database}", 0, None)
                dumped = await _dump_database(place, database, path)
                files.append(path)
                parts.append(dumped.parts)
                notes |= dumped.notes
                positions += [f"{database} {dumped.position}"] if dumped.position else []
            more_files, section = await _dump_users(place, databases, merged(parts)["routines"])
        with workplace.timings.part(workplace.clock, CHECK):
            sums = await digests([*files, *more_files])
        tools = {"server": found.version, "identity": found.identity, Path(program).name: await version_of(program), **notes}
        all_parts = merged([*parts, section, {FILES: files_section(sums)}])
        return Dump(tuple(sums), Manifest("mariadb", taken, all_parts, tools, ", ".join(positions)), sums)

    def restored(self, workplace: Workplace, fetched: Path, manifest: Manifest) -> AbstractAsyncContextManager[Restored]:
        """Load into a private server of the same series; NotTestedError when this machine has none."""
        return restored_server(workplace, fetched, manifest, checksums="content" in manifest.parts)

    def target(self, workplace: Workplace) -> AbstractAsyncContextManager[Target]:
        """Open the server that the options name, for a real restore."""

        async def dump(database: str, place: Path) -> Dump:
            only = self._config.model_copy(update={"databases": (database,), "all": False, "checksums": False})
            return await MariaDbSource(only).dump(replace(workplace, spool=place))

        return target(workplace, login(workplace, self._config, PORT, ""), dump)


async def _dump_database(place: _Place, database: str, path: Path) -> _Dumped:
    """Dump one database and measure it in a snapshot of the same instant."""
    rights = rights_on(place.found.grants, database)
    _require_rights(place, database, rights)
    async with session_of(place.workplace, place.login) as session, session_of(place.workplace, place.login) as locker:
        listed = await tables(session, database)
        before = await structure(session, database, listed)
        places = await sequences(session, database, listed)
        dumping = _Dumping(place, database, path, listed)
        measuring = _Measuring(place, dumping, session, locker, _lock_for(rights))
        counted, moved, where = await together(dumping.run(), measuring.run())
        _require_same(before, await structure(session, database, await tables(session, database)))
        moved |= unsettled("sequences", places, await sequences(session, database, listed))
        loose = [table for table in listed if table.holds_rows and not table.transactional]
        later = await rows(session, database, loose, checksums=place.checksums)
    require_trailer(path)
    moved |= _moved(counted, later)
    parts = {**before, **counted, "sequences": places, **({UNSETTLED: moved} if moved else {})}
    notes = {f"lock for {quoted(database)}": measuring.how}
    if loose:
        notes[f"not transactional in {quoted(database)}"] = ", ".join(quoted(table.name) for table in loose)
    return _Dumped(parts, notes, where)


def _moved(counted: Parts, later: Parts) -> dict[str, str]:
    """Return the tables of a later count that had other rows before."""
    return {item: text for section, items in later.items() for item, text in unsettled(section, counted[section], items).items()}


def _require_same(before: Parts, after: Parts) -> None:
    """Raise SourceError when a definition changed while it was dumped: nobody could say which one the dump holds."""
    changed = [
        f"{section} {item}"
        for section in before
        for item in before[section].keys() | after[section].keys()
        if before[section].get(item) != after[section].get(item)
    ]
    if changed:
        raise SourceError(f"definitions changed while they were dumped: {', '.join(sorted(changed)[:10])}")


def _require_rights(place: _Place, database: str, rights: frozenset[str]) -> None:
    """Raise SourceError when the account lacks a right without which the server would hide things from it."""
    missing = [right for right in _NEEDED if not may(rights, right)]
    if missing:
        raise SourceError(
            f"'{place.login.username}' at {place.login.at} may not {', '.join(missing)} in {quoted(database)}",
            hint=f"Run there: GRANT {', '.join(_NEEDED)}, LOCK TABLES ON {quoted(database)}.* TO that account.",
        )
    routines = rights_on(place.found.grants, "mysql")
    if not (may(routines, "SELECT") or may(rights, "SHOW CREATE ROUTINE") or _reads_routines(place.found.grants)):
        raise SourceError(
            f"'{place.login.username}' at {place.login.at} may not read the definitions of routines, so they would be missing",
            hint="Run there: GRANT SELECT ON mysql.* TO that account.",
        )


def _reads_routines(grants: Sequence[str]) -> bool:
    return any("SELECT" in line and "ON `mysql`.`proc` TO" in line for line in grants)


def _lock_for(rights: frozenset[str]) -> str:
    """Return the strongest way this account has to let both snapshots start at one instant."""
    if may(rights, "RELOAD"):
        return GLOBAL_LOCK
    return TABLE_LOCKS if may(rights, "LOCK TABLES") else NO_LOCK


class _Dumping:
    """The dump program of one database, and the moment at which its snapshot has started."""

    def __init__(self, place: _Place, database: str, path: Path, listed: Sequence[Table]) -> None:
        self.database = database
        self.listed = listed
        self._place = place
        self._path = path
        self._go = asyncio.Event()
        self.begun = asyncio.Event()
        self._said: list[str] = []

    def start(self) -> None:
        """Let it start."""
        self._go.set()

    async def run(self) -> None:
        """Wait for the start, then dump to a good end."""
        await self._go.wait()
        history = ["--dump-history"] if any(table.kind == VERSIONED for table in self.listed) else []
        words = [
            self._place.program, self._place.options, "--single-transaction", "--routines", "--events", "--triggers",
            "--hex-blob", "--default-character-set=utf8mb4", "--no-tablespaces", "--skip-dump-date", "--verbose",
            "--max-allowed-packet=1G", *history, f"--result-file={self._path}", "--databases", "--", self.database,
        ]  # fmt: skip
        done = await run_program(words, timeout=seconds_left(self._place.workplace), on_error_line=self._listen)
        self.begun.set()
        if done.exit_status:
            how = ending(done.exit_status)
            raise CommandFailedError(f"{Path(words[0]).name} {how}: {' '.join(self._said) or 'it said nothing'}")

    def _listen(self, line: bytes) -> None:
        if line.startswith(_BEGUN):
            self.begun.set()
        if not line.startswith(b"--"):
            self._said = [*self._said, line.decode("utf-8", "replace")][-_LAST_LINES:]


class _Measuring:
    """Counts a database in a snapshot that starts at the same instant as the dump's."""

    def __init__(self, place: _Place, dumping: _Dumping, session: Session, locker: Session, how: str) -> None:
        self.how = how
        self._place = place
        self._dumping = dumping
        self._session = session
        self._locker = locker

    async def run(self) -> tuple[dict[str, dict[str, str]], dict[str, str], str]:
        """Return the counts, those that moved while no lock held them still, and the position."""
        dumping, checksums = self._dumping, self._place.checksums
        async with self._locked():
            await self._session.rows(_SNAPSHOT)
            where = await position(self._session, self._place.found)
            dumping.start()
            await self._until_begun()
        moved: dict[str, str] = {}
        if self.how == NO_LOCK:
            await self._locker.rows(_SNAPSHOT)
        counted = await rows(self._session, dumping.database, dumping.listed, checksums=checksums)
        if self.how == NO_LOCK:
            moved = _moved(counted, await rows(self._locker, dumping.database, dumping.listed, checksums=checksums))
        await self._session.rows("ROLLBACK")
        return counted, moved, where

    async def _until_begun(self) -> None:
        try:
            async with asyncio.timeout(_SNAPSHOT_SECONDS):
                await self._dumping.begun.wait()
        except TimeoutError as error:
            name = quoted(self._dumping.database)
            raise SourceError(f"the dump of {name} did not start within {_SNAPSHOT_SECONDS:.3g} s") from error

    @contextlib.asynccontextmanager
    async def _locked(self) -> AsyncIterator[None]:
        """Let nobody write for the instant in which both snapshots start."""
        names = [quoted(self._dumping.database, table.name) for table in self._dumping.listed if table.holds_rows]
        if self.how == TABLE_LOCKS and names:
            await self._locker.rows(f"LOCK TABLES {', '.join(f'{name} READ' for name in names)}")
        elif self.how == GLOBAL_LOCK:
            await self._locker.rows(GLOBAL_LOCK)
        try:
            yield
        finally:
            await self._locker.rows("UNLOCK TABLES")


async def _dump_users(place: _Place, databases: Sequence[str], routines: Collection[str]) -> tuple[list[Path], Parts]:
    """Dump users, roles and grants; a note instead where the account may not read them."""
    if not (place.found.is_mariadb and may(rights_on(place.found.grants, "mysql"), "SELECT")):
        why = f"'{place.login.username}' may not read mysql.*" if place.found.is_mariadb else "MySQL's dump program cannot"
        return [], {LEFT_OUT: {"users and grants": why}}
    path = place.workplace.spool / USERS_FILE
    words = [place.program, place.options, "--system=users", "--skip-dump-date", f"--result-file={path}"]
    done = await run_program(words, timeout=seconds_left(place.workplace))
    if done.exit_status:
        raise CommandFailedError(f"dumping users failed: {done.stderr.decode('utf-8', 'replace').strip()[-600:]}")
    require_trailer(path)
    async with session_of(place.workplace, place.login) as session:
        return [path], await users(session, databases, routines)
