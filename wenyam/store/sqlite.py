"""The two doors of the SQLite store."""

from pathlib import Path

from wenyam.clock import Clock
from wenyam.model.instance import Retention
from wenyam.store.ballast import BYTES
from wenyam.store.reader import SqliteReader
from wenyam.store.writer import SqliteWriter

DEFAULTS = Retention()


def open_writer(
    directory: Path, clock: Clock, instance: str, *, rules: Retention = DEFAULTS, ballast_bytes: int = BYTES
) -> SqliteWriter:
    """Open the state directory for writing, making the database on first use; a StoreError says why it could not."""
    return SqliteWriter(directory, clock, instance, rules, ballast_bytes)


def open_reader(directory: Path) -> SqliteReader:
    """Open the state directory for reading only; never makes, migrates or repairs anything."""
    return SqliteReader(directory)
