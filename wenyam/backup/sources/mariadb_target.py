"""A MariaDB or MySQL server in use, into which a person restores one database."""

import asyncio
import contextlib
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from wenyam.backup import places
from wenyam.backup.contract import Dump, Workplace
from wenyam.backup.sources.databases import FILES, databases_in, merged, restore_errors
from wenyam.backup.sources.loading import first_value, run_to_end
from wenyam.backup.sources.mariadb_manifest import rows, sequences, structure, tables
from wenyam.backup.sources.mariadb_restore import USERS_FILE
from wenyam.backup.sources.mariadb_scripts import naming, renamed_dump, used_users, user_statements, with_events_off
from wenyam.backup.sources.mariadb_server import Found, look, option_file, require_trailer, series, session_of
from wenyam.backup.sources.mariadb_text import may, quoted, rights_on
from wenyam.backup.sources.one_database import name_with, only, renamed, require_name, with_section
from wenyam.backup.targets import Loaded, Look, Wish
from wenyam.errors import BackupError, CollectError, RestoreError, WenyamError
from wenyam.links.sql_drivers.contract import Login
from wenyam.links.sql_sessions import Session
from wenyam.model.backup import Manifest

_LONGEST: Final = 64
_WORD: Final = re.compile(r"[a-z0-9_]+ [a-z0-9_]+")
_SERVER: Final = ("roles", "grants")
"""Sections about the whole server."""
_NAMED: Final = 3
Dumping = Callable[[str, Path], Awaitable[Dump]]
"""Dumps one database of the same server into a directory."""
_THINGS: Final = """
SELECT (SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s)
  + (SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = %s)
  + (SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = %s),
  (SELECT COALESCE(SUM(DATA_LENGTH), 0) FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s)"""
_USERS: Final = """
SELECT CONCAT(USER, ' from ', HOST) FROM information_schema.PROCESSLIST WHERE DB = %s AND ID <> CONNECTION_ID()
  AND NOT (COMMAND IN ('Connect', 'Daemon') AND INSTR(HOST, ':') = 0) ORDER BY 1"""
"""Sessions of people and programs; those in which the server runs an event have a command of their own and no port."""
_EVENTS: Final = "SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = %s AND STATUS = 'ENABLED'"


@contextlib.asynccontextmanager
async def target(workplace: Workplace, login: Login, dump: Dumping) -> AsyncIterator["MariaDbTarget"]:
    """Log in; a CollectError when that fails."""
    with option_file(workplace, login) as options:
        async with session_of(workplace, login) as session:
            found = await look(session)
        name = "MariaDB" if found.is_mariadb else "MySQL"
        version = found.version.split("-")[0]
        yield MariaDbTarget(workplace, login, found, options, dump, f"{name} {version} at {login.address} port {login.port}")


@dataclass(frozen=True, slots=True)
class MariaDbTarget:
    """One server, logged in."""

    workplace: Workplace
    login: Login
    server: Found
    options: str
    """The word that makes the client log in."""
    dump: Dumping
    at: str

    def databases(self, manifest: Manifest) -> tuple[str, ...]:
        """Return the databases in a backup."""
        return tuple(databases_in({name: Path(name) for name in manifest.parts[FILES]}, ".sql"))

    def files(self, database: str, manifest: Manifest) -> tuple[str, ...]:
        """Return the database's dump and the users, where they were dumped."""
        known = {name: Path(name) for name in manifest.parts[FILES]}
        return databases_in(known, ".sql")[database].name, *(name for name in known if name == USERS_FILE)

    def new_name(self, database: str, ending: str) -> str:
        """Return a name of at most 64 letters."""
        return name_with(database, ending, _LONGEST, measure=len)

    def aside(self, database: str, ending: str, folder: Path) -> str:  # noqa: ARG002  # the folder has a name of its own
        """Return the directory that keeps a dump of the present database: this server cannot rename one."""
        return str(folder)

    def shown(self, name: str) -> str:
        """Return the name as it is."""
        return name

    async def look(self, wish: Wish) -> Look:
        """Look at the name, at who is connected, and at users."""
        require_name(wish.name, _LONGEST, measure=len)
        async with self._session() as session:
            exists = await _exists(session, wish.name)
            things = int((await session.rows(_THINGS, *[wish.name] * 4))[0][0])
            users = tuple(str(row[0]) for row in await session.rows(_USERS, wish.name))
            there = await _users(session)
            events = int((await session.rows(_EVENTS, wish.name))[0][0])
        rights = rights_on(self.server.grants, wish.name)
        missing = [right for right in ("CREATE", "DROP", "INSERT") if not may(rights, right)]
        who = f"'{self.login.username}' may not {', '.join(missing)} in {quoted(wish.name)} at {self.at}"
        lacking = () if there is None else tuple(user for user in self._used(wish) if user not in there)
        return Look(exists, things, users, lacking, (who,) if missing else (), tuple(self._notes(wish, events)))

    def _used(self, wish: Wish) -> tuple[str, ...]:
        return used_users(wish.manifest.parts, wish.database)

    def _notes(self, wish: Wish, events: int) -> list[str]:
        then = wish.manifest.tools
        notes = []
        if series(then["server"]) != series(self.server.version):
            notes.append(f"another series: the backup is of {then['server'].split('-')[0]}")
        if wish.in_place and then.get("identity") != self.server.identity:
            notes.append("this is another server than the one that was backed up (its identity differs)")
        if wish.in_place and events:
            notes.append(f"{events} events run in it until it is dropped; what they write after its dump is not kept")
        if wish.name != wish.database:
            notes.append("events will be switched off in it, and rights on it are given to nobody but users that are made")
        return notes

    async def holds(self, name: str) -> bool:
        """Tell whether there is a database of this name, or a directory with its dump."""
        if name.startswith("/"):
            return await asyncio.to_thread(Path(name).is_dir)
        async with self._session() as session:
            return await _exists(session, name)

    async def keep(self, wish: Wish) -> None:
        """Store a whole, checked dump of the present database; nothing in the server is changed."""
        place = Path(wish.aside)
        await asyncio.to_thread(_make, place)
        try:
            async with self._session() as session:
                places.require_room(
                    place, int((await session.rows(_THINGS, *[wish.name] * 4))[0][1]), "keeping the present database"
                )
            await self.dump(wish.name, place)
            async with self._session() as session:
                await _refuse_users(session, wish.name)
        except (BackupError, CollectError) as error:
            await asyncio.to_thread(shutil.rmtree, place)
            raise RestoreError(f"the present database cannot be kept, so it is left as it is: {error}") from error

    async def load(self, wish: Wish, files: Mapping[str, Path]) -> tuple[str, ...]:
        """Drop what was kept before, load the dump, and make users where that is asked for."""
        dump = files[self.files(wish.database, wish.manifest)[0]]
        require_trailer(dump)
        with restore_errors():
            if wish.name != wish.database:
                self.workplace.progress(f"rename {wish.database} in its dump", 0, None)
                dump = await asyncio.to_thread(_renamed, dump, self.workplace.spool / "renamed.sql", wish)
            async with self._session() as session:
                await self._make_way(session, wish)
            self.workplace.progress(f"load {wish.name}", 0, None)
            client = self.workplace.tools("mariadb" if self.server.is_mariadb else "mysql")
            words = [
                client,
                self.options,
                "--batch",
                "--binary-mode",
                "--default-character-set=utf8mb4",
                "--max-allowed-packet=1G",
            ]
            await run_to_end(self.workplace, words, f"loading {quoted(wish.name)}", stdin_from=dump)
            return await self._make_users(wish, files.get(USERS_FILE)) if wish.with_roles else ()

    async def _make_way(self, session: Session, wish: Wish) -> None:
        """Drop the database that was kept; give one that is there and empty the character set of backup time."""
        if wish.aside:
            await session.rows(f"DROP DATABASE IF EXISTS {quoted(wish.name)}")
            return
        said = wish.manifest.parts["settings"].get(f"{quoted(wish.database)} character set", "")
        if _WORD.fullmatch(said) and await _exists(session, wish.name):
            characters, collation = said.split(" ")
            await session.rows(f"ALTER DATABASE {quoted(wish.name)} CHARACTER SET {characters} COLLATE {collation}")

    async def _make_users(self, wish: Wish, path: Path | None) -> tuple[str, ...]:
        """Make the missing users with their rights in this database; one that is there is never changed."""
        if path is None:
            raise RestoreError("the backup holds no users: its account could not read them")
        async with self._session() as session:
            there = await _users(session) or frozenset()
            missing = tuple(user for user in self._used(wish) if user not in there)
            text = await asyncio.to_thread(partial(path.read_text, encoding="utf-8"))
            for statement in user_statements(text, missing, wish.database, wish.name):
                await session.rows(statement)
        return missing

    async def measure(self, wish: Wish) -> Loaded:
        """Measure, and write the name of backup time for the one it has here."""
        checksums = "content" in wish.manifest.parts
        with restore_errors():
            async with self._session() as session:
                listed = await tables(session, wish.name)
                counted = await rows(session, wish.name, listed, checksums=checksums)
                places_of = {"sequences": await sequences(session, wish.name, listed)}
                parts = merged([await structure(session, wish.name, listed), counted, places_of])
        expected = only(wish.manifest, partial(_belongs, quoted(wish.database)), without=_SERVER)
        if wish.name == wish.database:
            return Loaded(expected, replace(wish.manifest, parts=parts), ("users and their rights are not compared",))
        pointing = naming(parts, wish.database)
        expected = with_section(expected, "events", with_events_off(expected.parts.get("events", {})))
        found = replace(wish.manifest, parts=renamed(parts, quoted(wish.name), quoted(wish.database)))
        return Loaded(expected, found, tuple(self._notes_after(wish, pointing)))

    def _notes_after(self, wish: Wish, pointing: tuple[str, ...]) -> list[str]:
        notes = ["users and their rights are not compared"]
        if pointing:
            more = f" and {len(pointing) - _NAMED} more" if len(pointing) > _NAMED else ""
            notes.append(f"these still use '{wish.database}' itself: {', '.join(pointing[:_NAMED])}{more}")
        return notes

    @property
    def identity(self) -> str:
        """Return what the server calls itself."""
        return self.server.identity

    def release_problem(self, manifest: Manifest) -> str:
        """Say that the server is of another series than the one that was backed up; empty when it is the same."""
        then = series(manifest.tools["server"])
        return "" if then == series(self.server.version) else f"the backup is of series {then}, here is {self.at}"

    async def ask(self, wish: Wish, question: str) -> str:
        """Run a query that only reads."""
        with restore_errors():
            async with self._session() as session:
                await session.rows("SET SESSION TRANSACTION READ ONLY")
                await session.rows(f"USE {quoted(wish.name)}")
                return first_value(await session.rows(question))

    async def names(self) -> tuple[str, ...]:
        """Return the names of all databases."""
        with restore_errors():
            async with self._session() as session:
                return tuple(str(row[0]) for row in await session.rows("SHOW DATABASES"))

    async def remove(self, name: str) -> None:
        """Drop what was loaded."""
        with restore_errors():
            async with self._session() as session:
                await session.rows(f"DROP DATABASE IF EXISTS {quoted(name)}")

    def kept_as(self, wish: Wish) -> str:
        """Name the directory."""
        return f"a dump in {wish.aside}"

    def way_back(self, wish: Wish) -> str:
        """Give the commands."""
        file = Path(wish.aside) / self.files(wish.database, wish.manifest)[0]
        return f"mariadb -e 'DROP DATABASE IF EXISTS {quoted(wish.name)}'; mariadb --binary-mode < '{file}'"

    def way_out(self, wish: Wish) -> str:
        """Give the statement."""
        return f"DROP DATABASE IF EXISTS {quoted(wish.name)};"

    def _session(self) -> contextlib.AbstractAsyncContextManager[Session]:
        return session_of(self.workplace, self.login)


async def _exists(session: Session, name: str) -> bool:
    return bool(await session.rows("SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %s", name))


async def _users(session: Session) -> frozenset[str] | None:
    """Return the users and roles as a manifest writes them; None where this account may not see them."""
    try:
        listed = await session.rows("SELECT User, Host, is_role FROM mysql.user")
    except WenyamError:
        return None
    return frozenset(quoted(name) if role == "Y" else f"{quoted(name)}@{quoted(host)}" for name, host, role in listed)


async def _refuse_users(session: Session, name: str) -> None:
    """Raise RestoreError when somebody has come to use the database: what he writes now would be in no dump."""
    users = [str(row[0]) for row in await session.rows(_USERS, name)]
    if users:
        raise RestoreError(f"'{name}' is in use again: {', '.join(users[:_NAMED])}. Stop what uses it first")


def _belongs(name: str, item: str) -> bool:
    return f"{name}." in item or item.startswith(f"{name} ") or item == "lower_case_table_names"


def _make(place: Path) -> None:
    for each in (place.parent, place):
        each.mkdir(mode=places.PRIVATE, exist_ok=True)
        each.chmod(places.PRIVATE)


def _renamed(dump: Path, path: Path, wish: Wish) -> Path:
    with dump.open("rb") as source, path.open("xb") as copy:
        copy.writelines(renamed_dump(source, wish.name, wish.database))
    return path
