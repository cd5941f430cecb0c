"""Copies of the whole database: an online backup that is verified before it gets its name, and a vacuum while nobody works."""

import os
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from wenyam.errors import DatabaseCorruptError, DiskFullError, StoreError
from wenyam.model.facts import ChainHead
from wenyam.store import verification
from wenyam.store.failures import explained as sqlite_explained
from wenyam.store.failures import free_bytes
from wenyam.store.files import PRIVATE_FILE, explained, flush, publish
from wenyam.store.inspection import file_problems
from wenyam.store.locks import DaemonLock, write_lock
from wenyam.store.opening import DATABASE, check_version
from wenyam.store.reader import SqliteReader
from wenyam.store.subjects import Subjects


@dataclass(frozen=True, slots=True)
class Copy:
    """A finished backup of the database."""

    path: Path
    size: int
    """Bytes."""
    head: ChainHead


def back_up(reader: SqliteReader, target: Path) -> Copy:
    """Copy the database while others write, verify file and chain of the copy, then give it its name; never overwrites."""
    if target.exists():
        raise StoreError(f"{target} exists", hint="Give a name that is free; a backup never overwrites.")
    with explained(target):
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".new", dir=target.parent)
        os.fchmod(descriptor, PRIVATE_FILE)
        os.close(descriptor)
    temporary = Path(name)
    try:
        with sqlite_explained(temporary), closing(sqlite3.connect(temporary, isolation_level=None)) as copy:
            reader.read(lambda source: source.backup(copy))
            copy.execute("PRAGMA journal_mode = DELETE")
            head = _verified(copy, reader.instance(), temporary)
        with explained(target):
            flush(temporary)
            publish(temporary, target)
            return Copy(target, target.stat().st_size, head)
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            temporary.with_name(temporary.name + suffix).unlink(missing_ok=True)


def _verified(copy: sqlite3.Connection, instance: str, path: Path) -> ChainHead:
    subjects = Subjects()
    subjects.refresh(copy)
    verdict = verification.verify(copy, instance, subjects, None)
    wrong = [*file_problems(copy), *([verdict.problem] if verdict.problem else [])]
    if wrong:
        raise DatabaseCorruptError(f"the copy {path} is not sound: {'; '.join(wrong[:3])}")
    return verdict.head


def vacuum(directory: Path) -> int:
    """Rewrite the database without its free pages; return the bytes won. Refused while a daemon runs or space is short."""
    path = directory / DATABASE
    if not path.exists():
        raise StoreError(f"there is no database in {directory}")
    with DaemonLock(directory), DaemonLock(directory, "jobs.lock"), write_lock(directory), sqlite_explained(path):
        before = path.stat().st_size
        if free_bytes(directory) < 2 * before:
            raise DiskFullError(f"{directory}: a vacuum needs {2 * before} free bytes")
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            check_version(connection, path, may_be_older=False)
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return before - path.stat().st_size
