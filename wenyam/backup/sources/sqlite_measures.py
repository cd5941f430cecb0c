"""What is in an SQLite database: rows of every table, every definition, the numbers in its header. Blocking."""

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from wenyam.backup.comparison import LEFT_OUT, shown
from wenyam.errors import BackupError

_SECTIONS: Final = {"table": "tables", "index": "indexes", "view": "views", "trigger": "triggers"}
_PRAGMAS: Final = ("user_version", "application_id", "encoding", "page_size")
_STEPS: Final = 100_000
"""Instructions of SQLite's machine between two looks at the clock."""
_CHUNK: Final = 1 << 20
_MAY: Final = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})


@contextlib.contextmanager
def opened(path: Path, check: Callable[[], object], complain: type[BackupError]) -> Iterator[sqlite3.Connection]:
    """Open a database that nobody else writes, for reading; `check` is asked now and then and may raise.

    The file stays as it is: no journal is looked for and none is left.
    """
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with explained(path, check, complain), contextlib.closing(sqlite3.connect(address, uri=True, isolation_level=None)) as found:
        found.set_progress_handler(_interrupting(check), _STEPS)
        yield found


@contextlib.contextmanager
def explained(path: Path, check: Callable[[], object], complain: type[BackupError]) -> Iterator[None]:
    """Turn an error of SQLite into a sentence; when it was interrupted, into what `check` raises."""
    try:
        yield
    except sqlite3.Error as error:
        check()
        raise complain(f"{shown(str(path))}: {error}") from error
    except OSError as error:
        raise complain(f"{shown(str(path))}: {error.strerror or error}") from error


def _interrupting(check: Callable[[], object]) -> Callable[[], int]:
    def ask() -> int:
        try:
            check()
        except BackupError:
            return 1  # SQLite stops with "interrupted"; `explained` asks again and lets the error through
        return 0

    return ask


def measure(connection: sqlite3.Connection) -> dict[str, dict[str, str]]:
    """Return the sections of the manifest."""
    parts: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS.values()}
    parts["rows"], parts["header"], left_out = {}, {}, {}
    for kind, name, text in connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall():
        parts[_SECTIONS[kind]][name] = text or "made by a constraint"
        if kind == "table":
            try:
                parts["rows"][name] = str(connection.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()[0])  # noqa: S608  # quoted
            except sqlite3.OperationalError as error:
                if "no such module" not in str(error):
                    raise
                left_out[f"rows of {name}"] = f"a virtual table, and this SQLite has {error}"
    for name in _PRAGMAS:
        parts["header"][name] = str(connection.execute(f"PRAGMA {name}").fetchone()[0])
    return {section: items for section, items in {**parts, LEFT_OUT: left_out}.items() if items}


def check_integrity(connection: sqlite3.Connection, path: Path, complain: type[BackupError]) -> None:
    """Raise with the first problems when SQLite finds the file unsound."""
    found = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
    if found != ["ok"]:
        raise complain(f"{shown(str(path))} is damaged: {'; '.join(shown(problem) for problem in found)}")


def ask(connection: sqlite3.Connection, question: str) -> str:
    """Return the first value of a query that may only read; empty when there is none."""

    def may(action: int, *_: object) -> int:
        return sqlite3.SQLITE_OK if action in _MAY else sqlite3.SQLITE_DENY

    connection.set_authorizer(may)
    try:
        row = connection.execute(question).fetchone()
    finally:
        connection.set_authorizer(None)
    return "" if row is None or row[0] is None else str(row[0])


def quoted(name: str) -> str:
    """Return a name for use in SQL."""
    return '"' + name.replace('"', '""') + '"'


def digest(path: Path, step: Callable[[int], object]) -> str:
    """Return the SHA-256 of a file that nobody writes."""
    hashed = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hashed.update(chunk)
            step(len(chunk))
    return hashed.hexdigest()


def described(path: Path, sha256: str) -> str:
    """Return the line of the manifest about one spooled file."""
    return f"size={path.stat().st_size} sha256={sha256}"
