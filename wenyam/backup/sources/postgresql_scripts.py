"""Reading the scripts that pg_dumpall and pg_restore write: roles, and what belongs to a database as a whole. Pure."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from wenyam.model.backup import Parts

_ENTRY: Final = re.compile(rb"\d+; \d+ \d+ (?:DATABASE|DATABASE PROPERTIES|(?:ACL|COMMENT|SECURITY LABEL) - DATABASE) ")
_POLICY: Final = re.compile(rb"\d+; \d+ \d+ POLICY ")
_IDENTIFIER: Final = r'(?:"(?:[^"]|"")*"|[a-z_][a-z0-9_$]*)'
_MADE: Final = re.compile(rf"^CREATE DATABASE (?P<name>{_IDENTIFIER}) WITH ", re.MULTILINE)
_ABOUT: Final = (
    r"^(?P<head>CREATE DATABASE |ALTER DATABASE |COMMENT ON DATABASE |ALTER ROLE {identifier} IN DATABASE "
    r"|(?:GRANT|REVOKE) [A-Z, ]+ ON DATABASE )"
)
_CONNECT: Final = re.compile(r"^\\connect .*$\n?", re.MULTILINE)
_CREATE: Final = re.compile(r"^CREATE DATABASE .*;$\n?", re.MULTILINE)
_PROVIDER: Final = re.compile(r"^(CREATE DATABASE .*?) LOCALE_PROVIDER = libc\b", re.MULTILINE)
_OF_ROLE: Final = re.compile(r"^ALTER ROLE .* IN DATABASE .*;$\n?", re.MULTILINE)
_PROVIDERS_SINCE: Final = 15
_ROLE: Final = re.compile(rf"^(?P<verb>CREATE|ALTER) ROLE (?P<name>{_IDENTIFIER})(?: .*)?;$", re.MULTILINE)
_MEMBER: Final = re.compile(
    rf"^(?P<text>GRANT (?P<group>{_IDENTIFIER}) TO (?P<member>{_IDENTIFIER}).*?)(?: GRANTED BY .*)?;$", re.MULTILINE
)


def is_of_database(line: bytes) -> bool:
    """Tell whether a line of pg_restore's list is about the database as a whole."""
    return _ENTRY.match(line) is not None


def is_policy(line: bytes) -> bool:
    """Tell whether a line of pg_restore's list is a row policy, which names roles as rights do."""
    return _POLICY.match(line) is not None


def database_statements(script: str, *, name: str, create: bool, major: int, roles: bool) -> str:
    """Return the script for a database of another name (quoted), made by it or there already, on a server of a major version."""
    found = _MADE.search(script)
    if found is None:
        return ""
    about = re.compile(_ABOUT.format(identifier=_IDENTIFIER) + re.escape(found["name"]) + r"(?=[ ;])", re.MULTILINE)
    text = about.sub(lambda each: each["head"] + name, _CONNECT.sub("", script))
    if not create:
        text = _CREATE.sub("", text)
    if not roles:
        text = _OF_ROLE.sub("", text)
    return text if major >= _PROVIDERS_SINCE else _PROVIDER.sub(r"\1", text)


def used_roles(parts: Parts, database: str) -> tuple[str, ...]:
    """Return the roles (quoted) that own something in a database (quoted) or have rights there, by its manifest."""
    text = "\n".join(_about_roles(parts, database))
    return tuple(role for role in parts.get("roles", {}) if _names(text, role))


def _about_roles(parts: Parts, prefix: str) -> Iterable[str]:
    for item, value in parts.get("grants", {}).items():
        if item.startswith(f"{prefix}."):
            yield f"{item.partition(' of ')[2]}\n{value};"
    for section in ("policies", "settings"):
        for item, value in parts.get(section, {}).items():
            if item.startswith(f"{prefix}."):
                yield f"{item.rpartition('.of ')[2]}\n{value}"


def _names(text: str, role: str) -> bool:
    """Tell whether a role is named; too many are better than one too few."""
    plain = role[1:-1].replace('""', '"') if role.startswith('"') else role
    return re.search(rf"(?<![\w]){re.escape(plain)}(?![\w])", text) is not None


def role_statements(script: str, wanted: Collection[str], there: Collection[str]) -> tuple[tuple[str, ...], Sequence[str]]:
    """Return which roles (quoted) are made, those they are members of too, and the statements that make them."""
    members = [(found["group"], found["member"], found["text"]) for found in _MEMBER.finditer(script)]
    needed = set(wanted)
    while more := {group for group, member, _ in members if member in needed} - needed:
        needed |= more
    made = tuple(dict.fromkeys(found["name"] for found in _ROLE.finditer(script) if found["name"] in needed - {*there}))
    statements = [found[0] for found in _ROLE.finditer(script) if found["name"] in made]
    return made, [*statements, *(f"{text};" for group, member, text in members if member in made)]
