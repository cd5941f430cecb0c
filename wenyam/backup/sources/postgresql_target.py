"""A PostgreSQL server in use, of any major version, into which a person restores one database."""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from wenyam.backup.contract import Workplace
from wenyam.backup.sources.databases import FILES, DatabaseOptions, databases_in, login, restore_errors
from wenyam.backup.sources.loading import first_value
from wenyam.backup.sources.one_database import name_with, only, require_name, with_section
from wenyam.backup.sources.postgresql_manifest import SESSION, measure, quoted
from wenyam.backup.sources.postgresql_restore import ROLES_FILE
from wenyam.backup.sources.postgresql_scripts import database_statements, is_of_database, is_policy, role_statements, used_roles
from wenyam.backup.sources.postgresql_server import Server, program_of, reached
from wenyam.backup.targets import Loaded, Look, Wish
from wenyam.model.backup import Manifest

_LONGEST: Final = 63
_WRITING: Final = {**SESSION, "default_transaction_read_only": "off"}
_MAINTENANCE: Final = "postgres"
_SECOND: Final = "template1"
_BY_TEXT: Final = frozenset({"constraints", "indexes", "views", "routines", "triggers", "rules", "policies", "columns", "grants"})
_ACCOUNT: Final = """
SELECT current_setting('server_version'), (SELECT system_identifier::text FROM pg_control_system()),
  r.rolsuper OR r.rolcreatedb, r.rolsuper
FROM pg_roles r WHERE r.rolname = current_user"""
_THINGS: Final = """
SELECT (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
  + (SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
  + (SELECT count(*) FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public'))"""
_USERS: Final = """
SELECT concat_ws(' ', usename, nullif(application_name, ''), 'from', coalesce(client_addr::text, 'this machine'))
FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid() ORDER BY 1"""


@dataclass(frozen=True, slots=True)
class _Account:
    """What the server says about itself and about us."""

    version: str
    identity: str
    may_create: bool
    superuser: bool

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


@contextlib.asynccontextmanager
async def target(workplace: Workplace, options: DatabaseOptions, port: int) -> AsyncIterator["PostgresqlTarget"]:
    """Log in; a CollectError when that fails."""
    given = login(workplace, options, port, _MAINTENANCE)
    with reached(workplace, given) as server:
        async with server.session(_MAINTENANCE) as session:
            version, identity, may_create, superuser = (await session.rows(_ACCOUNT))[0]
        account = _Account(str(version), str(identity), bool(may_create), bool(superuser))
        yield PostgresqlTarget(server, account, f"PostgreSQL {account.version.split()[0]} at {given.address} port {given.port}")


@dataclass(frozen=True, slots=True)
class PostgresqlTarget:
    """One server, logged in."""

    server: Server
    account: _Account
    at: str

    def databases(self, manifest: Manifest) -> tuple[str, ...]:
        """Return the databases in a backup."""
        return tuple(databases_in({name: Path(name) for name in manifest.parts[FILES]}, ".dump"))

    def files(self, database: str, manifest: Manifest) -> tuple[str, ...]:
        """Return the database's dump and the roles."""
        names = {name: Path(name) for name in manifest.parts[FILES]}
        return databases_in(names, ".dump")[database].name, ROLES_FILE

    def new_name(self, database: str, ending: str) -> str:
        """Return a name of at most 63 bytes."""
        return name_with(database, ending, _LONGEST, measure=_bytes)

    def aside(self, database: str, ending: str, folder: Path) -> str:  # noqa: ARG002  # the server keeps it
        """Return the name that the present database gets."""
        return self.new_name(database, ending)

    def shown(self, name: str) -> str:
        """Return the name as it is."""
        return name

    async def look(self, wish: Wish) -> Look:
        """Look at the name, at who is connected, at roles and extensions."""
        require_name(wish.name, _LONGEST, measure=_bytes)
        async with self.server.session(_other_than(wish.name)) as session:
            exists = bool(await session.rows("SELECT 1 FROM pg_database WHERE datname = %s", wish.name))
            users = tuple(str(row[0]) for row in await session.rows(_USERS, wish.name))
            roles = {str(row[0]) for row in await session.rows("SELECT quote_ident(rolname) FROM pg_roles")}
            known = {str(row[0]) for row in await session.rows("SELECT quote_ident(name) FROM pg_available_extensions")}
        things = await self._things(wish.name) if exists else 0
        lacking = {item.rpartition(".")[2] for item in only(wish.manifest, _belongs(wish)).parts.get("extensions", {})} - known
        refusals = [] if self.account.may_create else [f"'{self.server.login.username}' may not create databases at {self.at}"]
        refusals += [f"the server lacks the extensions {', '.join(sorted(lacking))}"] if lacking else []
        missing = tuple(role for role in used_roles(wish.manifest.parts, quoted(wish.database)) if role not in roles)
        return Look(exists, things, users, missing, tuple(refusals), tuple(self._notes(wish)), roles_needed=True)

    async def _things(self, name: str) -> int:
        async with self.server.session(name) as session:
            return int((await session.rows(_THINGS))[0][0])

    def _notes(self, wish: Wish) -> list[str]:
        then = wish.manifest.tools
        notes = []
        if int(then["server"].split(".")[0]) != self.account.major:
            notes.append(f"another major version: the backup is of PostgreSQL {then['server'].split()[0]}")
        if wish.in_place and then.get("identity") != self.account.identity:
            notes.append("this is another server than the one that was backed up (its system identifier differs)")
        return notes

    async def holds(self, name: str) -> bool:
        """Tell whether there is a database of this name."""
        async with self.server.session(_other_than(name)) as session:
            return bool(await session.rows("SELECT 1 FROM pg_database WHERE datname = %s", name))

    async def keep(self, wish: Wish) -> None:
        """Rename the present database: nothing of it is copied or lost."""
        with restore_errors():
            async with self.server.session(_other_than(wish.name), _WRITING) as session:
                await session.rows(f"ALTER DATABASE {_name(wish.name)} RENAME TO {_name(wish.aside)}")

    async def load(self, wish: Wish, files: Mapping[str, Path]) -> tuple[str, ...]:
        """Make roles where that is asked for, then the database with its properties, then load it."""
        dumped = int(wish.manifest.tools["pg_dump"].split(".")[0])
        dump = files[self.files(wish.database, wish.manifest)[0]]
        with restore_errors():
            made = await self._make_roles(wish, files[ROLES_FILE]) if wish.with_roles else ()
            psql, pg_restore = [
                (await program_of(self.server.workplace, name, dumped, newer=True)).path for name in ("psql", "pg_restore")
            ]
            listed = await self.server.run(pg_restore, "--list", "--create", str(dump))
            await self._make_database(wish, psql, pg_restore, dump, listed)
            self.server.workplace.progress(f"load {wish.name}", 0, None)
            chosen = _list_file(
                self.server.workplace.spool / "load.list", listed, lambda line: wish.owners or not is_policy(line)
            )
            words = [
                "--exit-on-error",
                f"--use-list={chosen}",
                "--no-tablespaces",
                "--no-password",
                *_ownership(wish),
                f"--dbname={_connection(wish.name)}",
            ]
            await self.server.run(pg_restore, *words, stdin_from=dump)
        return made

    async def _make_roles(self, wish: Wish, path: Path) -> tuple[str, ...]:
        """Make the missing roles as the backup describes them; one that is there is never changed."""
        async with self.server.session(_MAINTENANCE, _WRITING) as session:
            there = {str(row[0]) for row in await session.rows("SELECT quote_ident(rolname) FROM pg_roles")}
            wanted = used_roles(wish.manifest.parts, quoted(wish.database))
            made, statements = role_statements(_read(path), wanted, there)
            for statement in statements:
                await session.rows(statement)
        return made

    async def _make_database(self, wish: Wish, psql: str, pg_restore: str, dump: Path, listed: bytes) -> None:
        """Make the database as it was: encoding, collation, owner, rights and settings; into an empty one only the last three."""
        place = self.server.workplace.spool
        chosen = _list_file(place / "database.list", listed, is_of_database)
        words = ["--create", "--no-tablespaces", *_ownership(wish), f"--use-list={chosen}", "--file=-", str(dump)]
        written = (await self.server.run(pg_restore, *words)).decode("utf-8")
        exists = await self.holds(wish.name)
        script = database_statements(
            written, name=_name(wish.name), create=not exists, major=self.account.major, roles=wish.owners
        )
        path = place / "database.sql"
        path.write_text(script, encoding="utf-8")
        quiet = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--no-password", "--output=/dev/null")
        await self.server.run(psql, *quiet, database=_other_than(wish.name), stdin_from=path)

    async def measure(self, wish: Wish) -> Loaded:
        """Measure under the name of backup time."""
        with restore_errors():
            async with self.server.session(wish.name) as session:
                parts = dict(await measure(session, wish.database, checksums="content" in wish.manifest.parts))
                there = {str(row[0]) for row in await session.rows("SELECT quote_ident(rolname) FROM pg_roles")}
        used = used_roles(wish.manifest.parts, quoted(wish.database))
        left_out = ("roles",) if wish.owners else ("grants", "roles", "policies")
        expected = only(wish.manifest, _belongs(wish), without=left_out)
        found = only(replace(wish.manifest, parts=parts), _belongs(wish), without=left_out)
        if wish.owners:
            expected = with_section(expected, "roles", dict.fromkeys(used, "there"))
            found = with_section(found, "roles", {role: "there" for role in used if role in there})
        notes = () if wish.owners else ("owners, rights and row policies were left out, as asked for: nothing compares them",)
        other = int(wish.manifest.tools["server"].split(".")[0]) != self.account.major
        return Loaded(expected, found, notes, _BY_TEXT if other else ())

    @property
    def identity(self) -> str:
        """Return the system identifier."""
        return self.account.identity

    def release_problem(self, manifest: Manifest) -> str:
        """Say that the server is of another major version than the one that was backed up; empty when it is the same."""
        then = manifest.tools["server"].split(".")[0]
        return "" if int(then) == self.account.major else f"the backup is of PostgreSQL {then}, here is {self.at}"

    async def ask(self, wish: Wish, question: str) -> str:
        """Run a query that only reads, with the search path that the database itself has."""
        with restore_errors():
            async with self.server.session(wish.name, {"default_transaction_read_only": "on"}) as session:
                return first_value(await session.rows(question))

    async def names(self) -> tuple[str, ...]:
        """Return the names of all databases."""
        with restore_errors():
            async with self.server.session(_other_than("")) as session:
                return tuple(str(row[0]) for row in await session.rows("SELECT datname FROM pg_database"))

    async def remove(self, name: str) -> None:
        """Drop what was loaded, whoever is still connected to it."""
        with restore_errors():
            async with self.server.session(_other_than(name), _WRITING) as session:
                await session.rows(f"DROP DATABASE IF EXISTS {_name(name)} WITH (FORCE)")

    def kept_as(self, wish: Wish) -> str:
        """Name the database."""
        return f"database '{wish.aside}' ({self.at})"

    def way_back(self, wish: Wish) -> str:
        """Give the statements."""
        back = f"ALTER DATABASE {_name(wish.aside)} RENAME TO {_name(wish.name)};"
        return f"DROP DATABASE IF EXISTS {_name(wish.name)}; {back}"

    def way_out(self, wish: Wish) -> str:
        """Give the statement."""
        return f"DROP DATABASE IF EXISTS {_name(wish.name)};"


def _other_than(name: str) -> str:
    """Return a database to work from that is not the one meant: the one a session is in can be neither renamed nor made."""
    return _SECOND if name == _MAINTENANCE else _MAINTENANCE


def _belongs(wish: Wish) -> "_OfDatabase":
    return _OfDatabase(quoted(wish.database), wish.owners)


@dataclass(frozen=True, slots=True)
class _OfDatabase:
    """Tells which items of a manifest are about one database; settings of a role go with its owners."""

    name: str
    owners: bool

    def __call__(self, item: str) -> bool:
        if not self.owners and item.startswith(f"{self.name}.of ") and not item.endswith(".of everybody"):
            return False
        return item.startswith((f"{self.name}.", f"{self.name} "))


def _ownership(wish: Wish) -> tuple[str, ...]:
    return () if wish.owners else ("--no-owner", "--no-privileges")


def _connection(name: str) -> str:
    """Return a name so that libpq takes it for nothing else."""
    return "dbname='" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _list_file(path: Path, listed: bytes, wanted: Callable[[bytes], bool]) -> Path:
    """Write the entries of pg_restore's list that are wanted."""
    path.write_bytes(b"\n".join(line for line in listed.splitlines() if wanted(line)) + b"\n")
    return path


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _bytes(name: str) -> int:
    return len(name.encode("utf-8"))
