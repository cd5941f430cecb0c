"""Reading what MariaDB and MySQL say about themselves: definitions of tables, users without their passwords, rights. Pure."""

import re
from collections.abc import Collection, Iterable
from typing import Final

from wenyam.model.backup import Parts

_KEY: Final = re.compile(r"(?:PRIMARY KEY|(?:UNIQUE |FULLTEXT |SPATIAL )?KEY (?P<name>`(?:[^`]|``)*`))")
_CONSTRAINT: Final = re.compile(r"CONSTRAINT (?P<name>`(?:[^`]|``)*`)")
_COLUMN: Final = re.compile(r"(?P<name>`(?:[^`]|``)*`) ")
_COUNTER: Final = re.compile(r" AUTO_INCREMENT=\d+")
_SECRET: Final = re.compile(r"\b(USING|PASSWORD|AS) '(?:[^'\\]|''|\\.)*'")
_GRANT: Final = re.compile(r"GRANT (?P<rights>.+?) ON (?P<place>(?:FUNCTION |PROCEDURE |PACKAGE (?:BODY )?)?\S.*?) TO ")
_DATABASE: Final = re.compile(r"(?:FUNCTION |PROCEDURE |PACKAGE (?:BODY )?)?`((?:[^`]|``)*)`\.")
_ROUTINE: Final = re.compile(r"(?:FUNCTION|PROCEDURE|PACKAGE(?: BODY)?)(?= )")
ALL: Final = "ALL PRIVILEGES"


def quoted(*names: str) -> str:
    """Return a name as these servers quote it, parts joined by dots."""
    return ".".join("`" + name.replace("`", "``") + "`" for name in names)


def table_parts(table: str, definition: str) -> Parts:
    """Split the text of SHOW CREATE TABLE into columns, constraints, indexes and the table's own options."""
    lines = definition.split("\n")
    end = next((number for number in range(len(lines) - 1, 0, -1) if lines[number].startswith(")")), len(lines) - 1)
    parts: dict[str, dict[str, str]] = {"columns": {}, "constraints": {}, "indexes": {}, "tables": {}}
    for number, line in enumerate(lines[1:end], 1):
        text = line.strip().removesuffix(",")
        section, name = _kind(text)
        value = f"{number} {text}" if section == "columns" else text
        parts[section][f"{table}.{name}"] = value
    parts["tables"][f"{table} options"] = _COUNTER.sub("", "\n".join(lines[end:]))
    return parts


def _kind(text: str) -> tuple[str, str]:
    for section, pattern in (("indexes", _KEY), ("constraints", _CONSTRAINT), ("columns", _COLUMN)):
        found = pattern.match(text)
        if found:
            return section, found["name"] or "PRIMARY"
    return "constraints", text  # such as PERIOD FOR SYSTEM_TIME


def without_secrets(text: str) -> str:
    """Leave out passwords and what is derived from them: a manifest is read by many."""
    return _SECRET.sub(r"\1 '…'", text)


def grants_within(lines: Iterable[str], databases: Collection[str], routines: Collection[str]) -> tuple[list[str], list[str]]:
    """Keep grants of the whole server, of roles and of these databases, without passwords; give apart those on no routine.

    Measured: MariaDB 10.11 writes a grant on a routine with a Thai name down wrongly, and after a restart it is on nothing.
    """
    kept: list[str] = []
    dangling: list[str] = []
    for line in lines:
        found = _GRANT.match(line)
        place = found["place"] if found else ""
        database = _DATABASE.match(place)
        if database is not None and not any(_matches(database[1], name) for name in databases):
            continue
        lost = _ROUTINE.match(place) is not None and _ROUTINE.sub(lambda kind: kind[0].lower(), place) not in routines
        (dangling if lost else kept).append(without_secrets(line))
    return sorted(kept), sorted(dangling)


def rights_on(lines: Iterable[str], database: str) -> frozenset[str]:
    """Return what an account may do with a whole database, by SHOW GRANTS; `*` in place of a database is every one."""
    rights: set[str] = set()
    for line in lines:
        found = _GRANT.match(line)
        if found and _covers(found["place"], database):
            rights.update(right.strip() for right in found["rights"].split(","))
    return frozenset(rights)


def may(rights: Collection[str], right: str) -> bool:
    """Tell whether a right is among these."""
    return right in rights or ALL in rights


def _covers(place: str, database: str) -> bool:
    """Tell whether a grant on a whole database, or on all, is on this one."""
    if place == "*.*":
        return True
    name = place.removesuffix(".*")
    return name != place and name.startswith("`") and _matches(name[1:-1], database)


def _matches(pattern: str, database: str) -> bool:
    """Match a database's name in a grant, where % and _ stand for letters unless a backslash is before them."""
    plain = re.escape(pattern.replace("``", "`")).replace(r"\\_", "\0").replace(r"\\%", "\1")
    expression = plain.replace("_", ".").replace("%", ".*").replace("\0", "_").replace("\1", "%")
    return re.fullmatch(expression, database, re.DOTALL) is not None


def grants_on(lines: Iterable[str], database: str) -> list[str]:
    """Return the grants that are on a database or on something in it, not those of the whole server."""
    found = ((line, _GRANT.match(line)) for line in lines)
    places = ((line, _DATABASE.match(grant["place"])) for line, grant in found if grant)
    return [line for line, place in places if place is not None and _matches(place[1], database)]
