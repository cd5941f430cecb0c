"""Making a new database: whole under another name first, so that no start and no reader ever meets half of one."""

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from wenyam.errors import StoreError
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant
from wenyam.store.failures import explained as sqlite_explained
from wenyam.store.files import GROUP_FILE, explained, flush, publish
from wenyam.store.migrations import statements
from wenyam.store.queries import read
from wenyam.store.subjects import Subjects
from wenyam.store.transaction import Transaction
from wenyam.store.transitions import PROGRAM

BEGAN = "chain-began"


def create(path: Path, instance: str, now: Instant, *, application: int, version: int) -> None:
    """Make the database of an instance, with the first fact of its chain; the caller holds the write lock."""
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        # SQLite would play this log into the new database.
        raise StoreError(f"{log} is there without its database", hint="Put the database back, or move its log aside too.")
    with explained(path):
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
        os.fchmod(descriptor, GROUP_FILE)  # SQLite gives -wal and -shm the mode of the database itself
        os.close(descriptor)
    temporary = Path(name)
    try:
        with sqlite_explained(path), closing(sqlite3.connect(temporary, isolation_level=None)) as connection:
            _fill(connection, instance, now, (f"application_id = {application:d}", f"user_version = {version:d}"))
        with explained(path):
            flush(temporary)
            publish(temporary, path)
    finally:
        for suffix in ("", "-journal"):
            temporary.with_name(temporary.name + suffix).unlink(missing_ok=True)


def _fill(connection: sqlite3.Connection, instance: str, now: Instant, pragmas: tuple[str, ...]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for statement in statements(read("schema.sql")):
        connection.execute(statement)
    transaction = Transaction(connection, instance, Subjects())
    transaction.execute("insert_instance", (instance, now))
    transaction.append(Fact(BEGAN, now, PROGRAM, {"instance": instance}))
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("COMMIT")
