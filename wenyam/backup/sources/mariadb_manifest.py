"""Measuring a MariaDB or MySQL database: the same code at backup time, in a consistent snapshot, and after a restore."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from wenyam.backup.comparison import LEFT_OUT
from wenyam.backup.sources.databases import merged
from wenyam.backup.sources.mariadb_text import grants_within, quoted, table_parts, without_secrets
from wenyam.errors import CommandFailedError
from wenyam.links.sql_sessions import Session
from wenyam.model.backup import Parts

SUPERUSER: Final = "wenyam_scratch"
"""Superuser of private servers, which is no part of what was restored."""
VERSIONED: Final = "SYSTEM VERSIONED"
TRANSACTIONAL: Final = "InnoDB"
SYSTEM: Final = frozenset({"information_schema", "performance_schema", "mysql", "sys"})
_PREPARE: Final = (
    "SET SESSION time_zone = '+00:00', sql_mode = '', sql_quote_show_create = 1",
    "SET SESSION wait_timeout = 86400, net_write_timeout = 600, net_read_timeout = 600, lock_wait_timeout = 10",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
)
_DEFINITION: Final = {"VIEW": 1, "TRIGGER": 2, "EVENT": 3}
"""Which column of SHOW CREATE holds the definition; 2 for routines."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table, view or sequence as the server lists it."""

    name: str
    kind: str
    engine: str

    @property
    def holds_rows(self) -> bool:
        """True for what is counted."""
        return self.kind in ("BASE TABLE", VERSIONED)

    @property
    def transactional(self) -> bool:
        """True when a snapshot holds its rows still."""
        return self.engine == TRANSACTIONAL


async def prepare(session: Session) -> None:
    """Set what makes text come out the same wherever it is asked for, and keeps the session alive through a long dump."""
    for statement in _PREPARE:
        await session.rows(statement)


async def tables(session: Session, database: str) -> list[Table]:
    """List a database's tables, views and sequences."""
    asked = "SELECT TABLE_NAME, TABLE_TYPE, ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s ORDER BY TABLE_NAME"
    return [Table(name, kind, engine or "") for name, kind, engine in await session.rows(asked, database)]


async def rows(session: Session, database: str, listed: Collection[Table], *, checksums: bool) -> dict[str, dict[str, str]]:
    """Count, and checksum when asked to, every table in the session's own snapshot."""
    counted = [table for table in listed if table.holds_rows]
    parts = {"rows": {quoted(database, table.name): await _one(session, _count(database, table)) for table in counted}}
    if checksums:
        parts["content"] = {
            quoted(database, table.name): await _one(session, await _checksum(session, database, table)) for table in counted
        }
    return parts


def _count(database: str, table: Table) -> str:
    return f"SELECT COUNT(*) FROM {quoted(database, table.name)}{_all_times(table)}"  # noqa: S608  # quoted


async def _checksum(session: Session, database: str, table: Table) -> str:
    """Return a query whose answer does not depend on the order of rows."""
    asked = (
        "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s ORDER BY ORDINAL_POSITION"
    )
    columns = [f"COALESCE(MD5({quoted(name)}), '-')" for (name,) in await session.rows(asked, database, table.name)]
    row = f"CONV(LEFT(MD5(CONCAT_WS(',', {', '.join(columns)})), 15), 16, 10)"
    place = f"{quoted(database, table.name)}{_all_times(table)}"
    return f"SELECT CAST(COALESCE(SUM(CAST({row} AS UNSIGNED)), 0) AS CHAR) FROM {place}"  # noqa: S608  # quoted


def _all_times(table: Table) -> str:
    return " FOR SYSTEM_TIME ALL" if table.kind == VERSIONED else ""


async def structure(session: Session, database: str, listed: Collection[Table]) -> dict[str, dict[str, str]]:
    """Return every section that is not about rows or sequences; no snapshot holds these still."""
    empty: Parts = {
        name: {} for name in ("columns", "constraints", "indexes", "tables", "views", "routines", "triggers", "events")
    }
    found: list[Parts] = [empty, {"settings": await _settings(session, database)}]
    for table in listed:
        name = quoted(database, table.name)
        if table.holds_rows:
            found.append(table_parts(name, str((await session.rows(f"SHOW CREATE TABLE {name}"))[0][1])))
        elif table.kind == "VIEW":
            found.append({"views": {name: await _definition(session, "VIEW", name)}})
    found += [await _routines(session, database), await _triggers(session, database), await _events(session, database)]
    return merged(found)


async def sequences(session: Session, database: str, listed: Collection[Table]) -> dict[str, str]:
    """Return rules and position of each sequence."""
    found = {}
    for table in listed:
        if table.kind == "SEQUENCE":
            name = quoted(database, table.name)
            rules = str((await session.rows(f"SHOW CREATE SEQUENCE {name}"))[0][1])
            state = f"SELECT CONCAT('at ', next_not_cached_value, ' round ', cycle_count) FROM {name}"  # noqa: S608  # quoted
            found[name] = f"{await _one(session, state)} {rules}"
    return found


async def _settings(session: Session, database: str) -> dict[str, str]:
    asked = (
        "SELECT CONCAT(DEFAULT_CHARACTER_SET_NAME, ' ', DEFAULT_COLLATION_NAME) FROM information_schema.SCHEMATA"
        " WHERE SCHEMA_NAME = %s"
    )
    found = await session.rows(asked, database)
    if not found:
        raise CommandFailedError(f"there is no database {quoted(database)}, or this account may not see it")
    names = await _one(session, "SELECT @@lower_case_table_names")
    return {f"{quoted(database)} character set": str(found[0][0]), "lower_case_table_names": names}


async def _routines(session: Session, database: str) -> Parts:
    asked = "SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = %s"
    return {
        "routines": {
            f"{kind.lower()} {quoted(database, name)}": await _definition(session, kind, quoted(database, name))
            for kind, name in await session.rows(asked, database)
        }
    }


async def _triggers(session: Session, database: str) -> Parts:
    asked = "SELECT TRIGGER_NAME, ACTION_ORDER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = %s"
    return {
        "triggers": {
            quoted(database, name): f"{order} {await _definition(session, 'TRIGGER', quoted(database, name))}"
            for name, order in await session.rows(asked, database)
        }
    }


async def _events(session: Session, database: str) -> Parts:
    asked = "SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = %s"
    return {
        "events": {
            quoted(database, name): await _definition(session, "EVENT", quoted(database, name))
            for (name,) in await session.rows(asked, database)
        }
    }


async def _definition(session: Session, kind: str, name: str) -> str:
    """Return a definition with the modes it runs under; CommandFailedError when the account may not read it."""
    row = (await session.rows(f"SHOW CREATE {kind} {name}"))[0]
    column = _DEFINITION.get(kind, 2)
    if row[column] is None:
        raise CommandFailedError(f"this account may not read the definition of {kind.lower()} {name}")
    modes = [] if kind == "VIEW" else [str(row[1])]
    if kind == "EVENT":
        modes.append(str(row[2]))
    return "\n".join([str(row[column]).strip(), *modes])


async def users(session: Session, databases: Collection[str], routines: Collection[str]) -> Parts:
    """Return the server's users and roles, and what they may do on the whole server and in these databases."""
    found: dict[str, dict[str, str]] = {"roles": {}, "grants": {}}
    for name, host, role in await session.rows("SELECT User, Host, is_role FROM mysql.user"):
        if name == SUPERUSER:
            continue
        who = quoted(name) if role == "Y" else f"{quoted(name)}@{quoted(host)}"
        given = [str(row[0]) for row in await session.rows(f"SHOW GRANTS FOR {who}")]
        kept, dangling = grants_within(given, databases, routines)
        found["grants"][who] = "\n".join(kept)
        if dangling:
            found.setdefault(LEFT_OUT, {})[f"grants of {who}"] = f"on routines that are not there: {'; '.join(dangling)}"
        shown = "role" if role == "Y" else str((await session.rows(f"SHOW CREATE USER {who}"))[0][0])
        found["roles"][who] = without_secrets(shown)
    return found


async def _one(session: Session, text: str) -> str:
    return str((await session.rows(text))[0][0])
