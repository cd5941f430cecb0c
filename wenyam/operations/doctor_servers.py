"""Examinations of the database servers that are backed up: each asked once for its version, and the programs that fit it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from wenyam.backup.contract import Workplace
from wenyam.backup.sources.databases import DatabaseOptions, limits, login
from wenyam.backup.sources.mariadb_server import look, series, session_of, version_of
from wenyam.backup.sources.postgresql_server import program_of
from wenyam.errors import NotTestedError, WenyamError
from wenyam.links.pools import Links
from wenyam.links.sql_sessions import postgresql_session
from wenyam.links.tools import Tools
from wenyam.model.backup import BackupJob
from wenyam.model.instance import Configuration
from wenyam.operations.findings import Finding, Surroundings, bad, counted, good, untested
from wenyam.settings.secrets import SecretReader

_SECONDS = 30.0
_POSTGRESQL_PORT, _MARIADB_PORT = 5432, 3306
_MAINTENANCE = "postgres"


def database_servers(surroundings: Surroundings) -> Iterable[Finding]:
    """Ask every database server that is backed up for its version, when asked to; the programs must be of the same one."""
    configuration = surroundings.configuration
    jobs = [job for job in configuration.backup.jobs.values() if job.source in _ASKED] if configuration is not None else []
    if configuration is None or not jobs:
        return []
    if not surroundings.reach_devices:
        count = counted(len(jobs), "database server")
        return [untested("database servers", f"{count} not asked for the version", "'wenyam doctor --probe' asks each once.")]
    return asyncio.run(_ask_all(surroundings, configuration, jobs))


async def _ask_all(surroundings: Surroundings, configuration: Configuration, jobs: Iterable[BackupJob]) -> list[Finding]:
    clock, instance = surroundings.clock, configuration.instance
    links = Links(clock, SecretReader(), f"{instance.state_directory}/known_hosts")
    tools = Tools(instance.tools)
    devices, credentials = configuration.inventory.devices, configuration.inventory.credentials
    try:
        return [
            await _ask(
                Workplace(
                    job=job,
                    clock=clock,
                    links=links,
                    tools=tools,
                    address="" if job.device is None else devices[job.device].address,
                    credential=None if job.credential is None else credentials[job.credential],
                    deadline=clock.monotonic() + _SECONDS,
                )
            )
            for job in jobs
        ]
    finally:
        await links.close()


async def _ask(workplace: Workplace) -> Finding:
    about = f"server of {workplace.job.name}"
    try:
        return good(about, await _ASKED[workplace.job.source](workplace, workplace.job.options))
    except NotTestedError as error:
        return untested(about, error.sentence, error.advice)
    except WenyamError as error:
        return bad(about, error.sentence, error.advice)


async def _postgresql(workplace: Workplace, options: DatabaseOptions) -> str:
    database = (options.databases or (_MAINTENANCE,))[0]
    given = login(workplace, options, _POSTGRESQL_PORT, database)
    async with postgresql_session(given, limits(workplace)) as session:
        version = str((await session.rows("SELECT current_setting('server_version')"))[0][0])
    major = int(version.partition(".")[0].partition(" ")[0])
    dumping = await program_of(workplace, "pg_dump", major, newer=True)
    restoring = await program_of(workplace, "postgres", major)
    return (
        f"{given.at} is PostgreSQL {version}; pg_dump {dumping.version} and a server {restoring.version} to restore into are here"
    )


async def _mariadb(workplace: Workplace, options: DatabaseOptions) -> str:
    given = login(workplace, options, _MARIADB_PORT, "")
    async with session_of(workplace, given) as session:
        found = await look(session)
    program = workplace.tools("mariadb-dump" if found.is_mariadb else "mysqldump")
    if not found.is_mariadb:
        raise NotTestedError(f"{given.at} is MySQL {found.version}: {program} dumps it, and no private server proves that here")
    there = await version_of(workplace.tools("mariadbd"))
    if series(there) != series(found.version):
        raise NotTestedError(
            f"{given.at} is MariaDB {series(found.version)}, the server to restore into is {series(there)}",
            hint="Name a mariadbd of the same series in the configuration: tools.mariadbd.",
        )
    return f"{given.at} is MariaDB {found.version}; {program} and a server {there} to restore into are here"


_ASKED: dict[str, Callable[[Workplace, DatabaseOptions], Awaitable[str]]] = {"postgresql": _postgresql, "mariadb": _mariadb}
