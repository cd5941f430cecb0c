"""Reading and changing the scripts that mariadb-dump writes: a dump under another name, users that are missing. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from wenyam.backup.sources.mariadb_text import grants_on, quoted
from wenyam.errors import RestoreError
from wenyam.model.backup import Parts

_ABOUT: Final = (b"CREATE DATABASE /*!32312 IF NOT EXISTS*/ ", b"USE ", b"ALTER DATABASE ")
_OTHER: Final = re.compile(rb"(?i)(?:/\*![0-9]+ )?(?:USE|(?:CREATE|ALTER|DROP) (?:DATABASE|SCHEMA))\b")
_ENABLED: Final = re.compile(rb"(?P<head>/\*!50106 CREATE\*/ .*? ON COMPLETION (?:NOT )?PRESERVE) ENABLE\b")
_ENABLED_TEXT: Final = re.compile(r"( ON COMPLETION (?:NOT )?PRESERVE) ENABLE\b")
_DEFINER: Final = re.compile(r"DEFINER=(`(?:[^`]|``)*`@`(?:[^`]|``)*`|`(?:[^`]|``)*`)")
_DEFINED: Final = ("views", "routines", "triggers", "events")


def renamed_dump(lines: Iterable[bytes], here: str, then: str) -> Iterator[bytes]:
    """Give the lines of a dump for a database of another name, its events switched off; RestoreError when that is not sure.

    A dump names its database at the beginnings of a few statements and in columns that count by a sequence; values hold no
    raw line ends.
    """
    old, new = quoted(then).encode(), quoted(here).encode()
    counts, shall_count = b"nextval(" + old + b".", b"nextval(" + new + b"."
    for line in lines:
        head = next((each for each in _ABOUT if line.startswith(each + old)), None)
        if head is not None:
            yield head + new + line[len(head + old) :]
        elif _OTHER.match(line) and old in line:
            raise RestoreError(
                f"the dump names {quoted(then)} where it cannot be renamed: {line[:100].decode('utf-8', 'replace')}"
            )
        else:
            own = line.replace(counts, shall_count) if line.startswith(b"  `") else line
            yield _ENABLED.sub(lambda found: found["head"] + b" DISABLE", own, count=1)


def with_events_off(events: Mapping[str, str]) -> dict[str, str]:
    """Return the events of a manifest as they are in a copy: switched off."""
    return {item: _ENABLED_TEXT.sub(r"\1 DISABLE", value, count=1) for item, value in events.items()}


def used_users(parts: Parts, database: str) -> tuple[str, ...]:
    """Return the users and roles (quoted) with rights in a database, and those that its definitions run as."""
    mark = f"{quoted(database)}."
    texts = (value for section in _DEFINED for item, value in parts.get(section, {}).items() if mark in item)
    definers = {found for text in texts for found in _DEFINER.findall(text)}
    return tuple(
        who for who, text in parts.get("grants", {}).items() if who in definers or any(grants_on(text.split("\n"), database))
    )


def naming(parts: Parts, database: str) -> tuple[str, ...]:
    """Return which definitions name a database themselves: in a copy they go on pointing at the original."""
    mark = re.compile(rf"(?<![\w`])`?{re.escape(database)}`?\s*\.")
    sections = (*_DEFINED, "columns")
    found = ((section, item, value) for section in sections for item, value in parts.get(section, {}).items())
    return tuple(f"{section} {item}" for section, item, value in found if mark.search(value))


def user_statements(script: str, wanted: Collection[str], database: str, here: str) -> list[str]:
    """Return the statements that make users and roles, with their rights in one database and nowhere else."""
    lines = script.splitlines()
    made = []
    for who in wanted:
        made += [line for line in lines if line.startswith(f"CREATE USER {who} ") or line == f"CREATE USER {who};"]
        made += [f"CREATE ROLE {who}"] if "`@`" not in who else []
        own = (line for line in grants_on(lines, database) if f" TO {who}" in line)
        made += [line.replace(f" {quoted(database)}.", f" {quoted(here)}.", 1) for line in own]
    return [line.removesuffix(";") for line in made]
