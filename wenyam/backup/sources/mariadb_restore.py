"""Loading MariaDB's dumps into a private server of the same series, and measuring what came back."""

import contextlib
from collections.abc import AsyncIterator
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
    scratch_account,
    seconds_left,
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
from wenyam.backup.sources.mariadb_manifest import SUPERUSER, rows, sequences, structure, tables, users
from wenyam.backup.sources.mariadb_server import Found, look, require_trailer, series, session_of, version_of
from wenyam.backup.sources.mariadb_text import quoted
from wenyam.errors import CommandFailedError, NotTestedError, RestoreError, SourceError
from wenyam.links.private_servers import private_server
from wenyam.links.programs import run_program
from wenyam.links.sql_drivers.contract import Login
from wenyam.model.backup import Manifest, Parts

USERS_FILE: Final = "users.sql"
_SETTINGS: Final = (
    "--skip-networking", "--skip-log-bin", "--event-scheduler=OFF", "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0", "--innodb-flush-method=nosync", "--innodb-buffer-pool-size=128M",
    "--innodb-log-file-size=64M", "--max-allowed-packet=1G",
    "--local-infile=0", "--performance-schema=OFF", "--character-set-server=utf8mb4",
    "--innodb-strict-mode=OFF",  # a table that the source has may break a rule that came later
)  # fmt: skip
_OWN_USERS: Final = ("mariadb.sys", SUPERUSER)


@dataclass(frozen=True, slots=True)
class RestoredMariaDb:
    """Databases that came back, in a private server."""

    workplace: Workplace
    login: Login
    then: Manifest
    files: dict[str, Path]
    databases: dict[str, Path]
    found: Found
    checksums: bool

    async def manifest(self) -> Manifest:
        """Measure what came back."""
        parts: list[Parts] = [{FILES: files_section(await digests(list(self.files.values())))}]
        async with session_of(self.workplace, self.login) as session:
            for database in self.databases:
                listed = await tables(session, database)
                parts.append(await structure(session, database, listed))
                parts.append(await rows(session, database, listed, checksums=self.checksums))
                parts.append({"sequences": await sequences(session, database, listed)})
            if USERS_FILE in self.files:
                parts.append(await users(session, list(self.databases), merged(parts)["routines"]))
        tools = {"server": self.found.version, "identity": self.found.identity}
        return Manifest(self.then.source, self.workplace.clock.now(), merged(parts), tools)

    async def answer(self, question: str) -> str:
        """Run a query that only reads; `DATABASE: query` asks another database than the first."""
        database, query = question_for(question, self.databases)
        with restore_errors():
            async with session_of(self.workplace, self.login) as session:
                await session.rows("SET SESSION TRANSACTION READ ONLY")
                await session.rows(f"USE {quoted(database)}")
                return first_value(await session.rows(query))


@contextlib.asynccontextmanager
async def restored_server(
    workplace: Workplace, fetched: Path, manifest: Manifest, *, checksums: bool
) -> AsyncIterator[RestoredMariaDb]:
    """Start a private server, load everything, and end it afterwards."""
    files = await fetched_files(workplace, fetched, manifest.parts)
    try:
        for path in files.values():
            require_trailer(path)
    except SourceError as error:
        raise RestoreError(error.what) from error
    databases = databases_in(files, ".sql")
    programs = await _programs(workplace, manifest)
    with restore_errors():
        async with _running(workplace, programs, manifest) as (login, found):
            await _load(workplace, programs["mariadb"], login, files, databases)
            yield RestoredMariaDb(workplace, login, manifest, files, databases, found, checksums)


async def _programs(workplace: Workplace, manifest: Manifest) -> dict[str, str]:
    """Find the programs; NotTestedError unless the server is of the source's own series."""
    needed = series(manifest.tools["server"])
    if "mariadb" not in manifest.tools["server"].lower():
        raise NotTestedError(f"a private MySQL {needed} server is not built in; only MariaDB's dumps are proven here")
    try:
        programs = {name: workplace.tools(name) for name in ("mariadbd", "mariadb-install-db", "mariadb")}
    except CommandFailedError as error:
        raise NotTestedError(error.what, hint=error.advice) from error
    there = await version_of(programs["mariadbd"])
    if series(there) != needed:
        raise NotTestedError(
            f"wrong major version: the source is MariaDB {needed}, this machine has {there}",
            hint="Restore on a machine that has the same series, or name its mariadbd in the configuration: tools.mariadbd.",
        )
    return programs


@contextlib.asynccontextmanager
async def _running(workplace: Workplace, programs: dict[str, str], manifest: Manifest) -> AsyncIterator[tuple[Login, Found]]:
    directory, user = await private_directory(workplace, "my", "MariaDB", "s")
    socket, data = directory / "s", directory / "data"
    names = f"--lower-case-table-names={manifest.parts['settings'].get('lower_case_table_names', '0')}"
    await _install(workplace, programs["mariadb-install-db"], data, names, user)
    words = [
        programs["mariadbd"], "--no-defaults", f"--datadir={data}", f"--socket={socket}", f"--pid-file={directory / 'pid'}",
        f"--tmpdir={directory}", f"--secure-file-priv={directory}", names, *_SETTINGS,
    ]  # fmt: skip
    first = Login(str(socket), 0, "", "root", "", "private server")
    async with private_server(
        words, directory=directory, ready=lambda: answers(session_of(workplace, first)), seconds=START_SECONDS,
        clock=workplace.clock, user=user,
    ):  # fmt: skip
        login = Login(str(socket), 0, "", SUPERUSER, "", "private server")
        found = await _take_over(workplace, first, login, data)
        refuse_production(found.identity, manifest)
        yield login, found


async def _install(workplace: Workplace, program: str, data: Path, names: str, user: str | None) -> None:
    words = [
        program, "--no-defaults", f"--datadir={data}", "--skip-test-db", "--auth-root-authentication-method=normal",
        "--innodb-log-file-size=64M", "--innodb-flush-method=nosync", f"--tmpdir={data.parent}", names,
    ]  # fmt: skip
    await run_to_end(workplace, words, "mariadb-install-db", user=user)


async def _take_over(workplace: Workplace, first: Login, login: Login, data: Path) -> Found:
    """Prove that this is the server that was started, and leave one user in it: those of the source come with the dump."""
    async with session_of(workplace, first) as session:
        if (await session.rows("SELECT @@datadir"))[0][0].rstrip("/") != str(data):
            raise RestoreError(f"the server at {login.address} is not the private one that was started; nothing was loaded")
        await session.rows(f"CREATE USER {SUPERUSER}@localhost")
        await session.rows(f"GRANT ALL PRIVILEGES ON *.* TO {SUPERUSER}@localhost WITH GRANT OPTION")
    async with session_of(workplace, login) as session:
        for name, host in await session.rows("SELECT User, Host FROM mysql.user"):
            if name not in _OWN_USERS:
                await session.rows(f"DROP USER {quoted(name)}@{quoted(host)}")
        return await look(session)


async def _load(workplace: Workplace, client: str, login: Login, files: dict[str, Path], databases: dict[str, Path]) -> None:
    """Load each database, then users: rights on a table can be granted only once it is there."""
    words = [
        client, "--no-defaults", f"--socket={login.address}", f"--user={SUPERUSER}", "--batch", "--binary-mode",
        "--default-character-set=utf8mb4", "--max-allowed-packet=1G",
    ]  # fmt: skip
    user = scratch_account(workplace, "MariaDB")

    async def load(database: str, path: Path) -> None:
        await run_to_end(workplace, words, f"loading {quoted(database)}", user=user, stdin_from=path)

    await load_each(workplace, databases, load)
    if USERS_FILE in files:
        # Grants on databases that are no part of this backup fail here; what should have come is compared afterwards.
        forced = [*words, "--force"]
        await run_program(forced, timeout=seconds_left(workplace), user=user, clock=workplace.clock, stdin_from=files[USERS_FILE])
