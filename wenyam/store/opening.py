"""Opening the database: the checks at start, and the three ways to connect.

The database file is never opened by anything but SQLite: closing such a descriptor would drop SQLite's own POSIX locks.
"""

import os
import sqlite3
from pathlib import Path

from wenyam.errors import DatabaseCorruptError, DatabaseNewerError, StoreError
from wenyam.model.instants import Instant
from wenyam.store.creation import create
from wenyam.store.failures import explained
from wenyam.store.files import INSTALL_HINT

DATABASE = "wenyam.db"
SCHEMA_VERSION = 3
"""Of schema.sql; equal to the number of migrations."""
APPLICATION = 0x57454E59
"""`PRAGMA application_id`: WENY."""
_CACHE_KIB = 32_768
"""Page cache of a reader, used only as far as its questions need it."""
_SMALL = 256 * 1024 * 1024
"""Up to this many bytes the whole database is checked at each start (about a second); above, `wenyam db check` does it."""


def connect_writer(directory: Path, instance: str, now: Instant) -> sqlite3.Connection:
    """Open for writing, made and migrated if need be; the caller holds the write lock."""
    path = directory / DATABASE
    if not path.exists():
        create(path, instance, now, application=APPLICATION, version=SCHEMA_VERSION)
    _explain_absence(path)
    with explained(path):
        connection = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False, cached_statements=256)
        try:
            check_version(connection, path, may_be_older=True)
            _set_up(connection)
            _check_integrity(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def file_identity(path: Path) -> tuple[int, int]:
    """Return which file stands at a path, without opening it; (0, 0) when there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116  # never opened, see above
    except OSError:
        return 0, 0
    return status.st_dev, status.st_ino


def _set_up(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # an erased personal value leaves no bytes behind
    connection.execute("PRAGMA journal_size_limit = 16777216")


def check_version(connection: sqlite3.Connection, path: Path, *, may_be_older: bool) -> None:
    """Refuse what is not ours, newer, or (for a reader) older than this program; migrate what is older."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
        raise StoreError(f"{path} is a database of another program and was left untouched", hint=INSTALL_HINT)
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise DatabaseNewerError(f"{path} has schema {version}, this program knows {SCHEMA_VERSION}")
    if version == SCHEMA_VERSION:
        return
    if not may_be_older:
        raise StoreError(f"{path} has the older schema {version}", hint="Start 'wenyam run' of this version once; it migrates.")
    from wenyam.store.migrations import migrate  # noqa: PLC0415  # sqlite-utils is loaded only when there is work for it

    migrate(connection, version)


def _check_integrity(connection: sqlite3.Connection, path: Path) -> None:
    pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    if pages * size > _SMALL:
        return
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise DatabaseCorruptError(f"{path}: {' '.join(found.removeprefix('*** in database main ***').split())}")


def connect_reader(directory: Path) -> tuple[sqlite3.Connection, bool]:
    """Open for reading only; return the connection and whether it is immutable (no -wal: everybody stopped cleanly)."""
    path = (directory / DATABASE).absolute()
    _explain_absence(path)
    immutable = not wal_exists(directory)
    address = f"{path.as_uri()}?{'immutable=1' if immutable else 'mode=ro'}"
    with explained(path):
        connection = sqlite3.connect(address, timeout=5, isolation_level=None, check_same_thread=False, uri=True)
        try:
            check_version(connection, path, may_be_older=False)
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB:d}")
        except BaseException:
            connection.close()
            raise
    return connection, immutable


def wal_exists(directory: Path) -> bool:
    """Tell whether some process writes, or one died while it did."""
    return (directory / f"{DATABASE}-wal").exists()


def _explain_absence(path: Path) -> None:
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        what = f"there is no database in {path.parent}" if path.parent.is_dir() else f"{path.parent} does not exist"
        raise StoreError(what, hint="Has 'wenyam run' been started with this state_directory?") from None
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}", hint="Are you in the group that may read it?") from error
    if not os.access(path, os.R_OK):
        raise StoreError(f"{path}: may not be read by you", hint="Ask for read access (an ACL) to the state directory.")
    if size == 0:
        raise DatabaseCorruptError(f"{path} is empty")
