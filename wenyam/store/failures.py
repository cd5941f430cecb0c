"""What SQLite says, as sentences of ours."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from wenyam.errors import DatabaseCorruptError, DiskFullError, StoreError, WriteLockError

_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_NO_ROOM = {sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_TRUNCATE}
_PRIMARY = 0xFF
_LITTLE = 1024 * 1024
"""Free bytes under which a failed write is a full disk."""


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an error of sqlite3 into a StoreError with the database's path."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _translated(error, path) from error


def _translated(error: sqlite3.DatabaseError, path: Path) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0)
    primary = code & _PRIMARY
    if primary == sqlite3.SQLITE_FULL or (code in _NO_ROOM and free_bytes(path.parent) < _LITTLE):
        return DiskFullError(f"{path}: {error}")
    if primary in _CORRUPT:
        return DatabaseCorruptError(f"{path}: {error}")
    if primary in _BUSY:
        return WriteLockError(f"{path}: {error}")
    return StoreError(f"{path}: {error}")


def free_bytes(directory: Path) -> int:
    """Return the bytes this user may still write in the file system of a directory."""
    status = os.statvfs(directory)
    return status.f_bavail * status.f_frsize
