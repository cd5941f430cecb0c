"""Measuring a PostgreSQL database: the same code at backup time, inside the dump's own snapshot, and after a restore."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from wenyam.links.sql_sessions import Session
from wenyam.model.backup import Parts

SUPERUSER: Final = "wenyam_scratch"
"""Superuser of private servers; a name of our own, because those of the source are made anew by its roles."""
LARGE_OBJECTS: Final = "large objects"
SESSION: Final[Mapping[str, str]] = {
    "search_path": "",
    "row_security": "off",  # a hidden row must be an error, never a smaller count
    "datestyle": "ISO",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "idle_in_transaction_session_timeout": "0",  # the snapshot must outlive the dump
    "lock_timeout": "60s",
    "client_encoding": "UTF8",
}
"""Settings of a session under which text comes out the same wherever it is asked for."""

_QUERY: Final = re.compile(r"^-- name: (.+)\n((?:.|\n)*?);$", re.MULTILINE)
_OWN: Final = re.compile(r"OWN\((\w+), ([\w.]+)\)")
_OURS: Final = "(n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')"
_REPARSED: Final = frozenset({"constraints", "indexes", "views", "columns", "triggers", "rules", "policies"})
_CASTS: Final = re.compile(r'::(?:character varying|"?[a-z]+"?)(?:\(\d+\))?(?:\[\])?')
_BRACKETS: Final = re.compile(r"[()]")
_SPACES: Final = re.compile(r"\s*([,\[\]])\s*|\s+")


@cache
def queries() -> Mapping[str, str]:
    """Return the queries by name; those whose name begins with a colon are no sections."""
    text = (files("wenyam.backup.sources") / "postgresql_manifest.sql").read_text(encoding="utf-8")
    return {name: _spelled_out(query) for name, query in _QUERY.findall(text)}


def _spelled_out(query: str) -> str:
    """Replace the two short words that the file explains."""
    own = (
        r"NOT EXISTS (SELECT FROM pg_depend own WHERE own.deptype = 'e' AND own.classid = 'pg_catalog.\1'::regclass"
        r" AND own.objid = \2)"
    )
    return _OWN.sub(own, query).replace("OURS", _OURS)


async def measure(session: Session, database: str, *, checksums: bool) -> Parts:
    """Return all sections of one database, in the session's own snapshot."""
    parts = await structure(session, database)
    tables = await session.rows(queries()[":tables"])
    name = quoted(database)
    parts["rows"] = {f"{name}.{table}": await _one(session, f"SELECT count(*)::text FROM ONLY {table}") for table, _ in tables}  # noqa: S608  # quoted by the server
    parts["rows"][f"{name} {LARGE_OBJECTS}"] = await _one(session, "SELECT count(*)::text FROM pg_largeobject_metadata")
    if checksums:
        parts["content"] = {f"{name}.{table}": await _one(session, _checksum(table, columns)) for table, columns in tables}
    return parts


async def structure(session: Session, database: str) -> dict[str, dict[str, str]]:
    """Return every section that the catalogue alone gives."""
    name = quoted(database)
    parts = {
        section: {f"{name}.{item}": _settled(section, value) for item, value in await session.rows(text)}
        for section, text in queries().items()
        if not section.startswith(":")
    }
    parts["sequences"] = await sequences(session, database)
    return parts


async def sequences(session: Session, database: str) -> dict[str, str]:
    """Return how far each sequence is; no snapshot holds these still."""
    found = {}
    for (sequence,) in await session.rows(queries()[":sequences"]):
        state = f"SELECT concat_ws(' ', last_value, CASE WHEN is_called THEN 'used' ELSE 'next' END) FROM {sequence}"  # noqa: S608  # quoted by the server
        position = await _one(session, state)
        rules = await session.rows(queries()[":sequence"], sequence)
        found[f"{quoted(database)}.{sequence}"] = f"{position} {rules[0][0]}"
    return found


async def roles(session: Session) -> dict[str, str]:
    """Return the server's roles with their rights and memberships; passwords are no part of a manifest."""
    return {str(item): str(value) for item, value in await session.rows(queries()[":roles"], SUPERUSER)}


def quoted(name: str) -> str:
    """Return a name as PostgreSQL quotes it in messages."""
    return name if re.fullmatch(r"[a-z_][a-z0-9_$]*", name) else '"' + name.replace('"', '""') + '"'


def _settled(section: str, value: str | None) -> str:
    """Leave out casts and brackets where the server writes them in another way once its own text was read back.

    Measured: CHECK (kind IN ('a', 'b')) over varchar comes back with other casts, and a view over it with other brackets.
    """
    if value is None:
        return ""
    if section not in _REPARSED:
        return value
    return _SPACES.sub(lambda found: found[1] or " ", _BRACKETS.sub("", _CASTS.sub("", value))).strip()


def _checksum(table: str, columns: str) -> str:
    """Return a query whose answer does not depend on the order of rows."""
    return f"SELECT coalesce(sum(hashtextextended(ROW({columns})::text, 0)::numeric), 0)::text FROM ONLY {table}"  # noqa: S608  # quoted by the server


async def _one(session: Session, text: str) -> str:
    return str((await session.rows(text))[0][0])
