"""An SQLite database of this machine, copied by SQLite itself while others write, and proven by opening the copy."""

import contextlib
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import ClassVar, Final

from wenyam.backup.comparison import shown
from wenyam.backup.contract import Dump, Restored, Workplace
from wenyam.backup.sources.options import AbsolutePath, Options
from wenyam.backup.sources.pace import Pace, in_thread
from wenyam.backup.sources.sqlite_measures import ask, check_integrity, described, digest, explained, measure, opened
from wenyam.backup.sources.sqlite_target import target
from wenyam.backup.targets import Target
from wenyam.errors import BackupError, RestoreError, SourceError
from wenyam.model.backup import Manifest
from wenyam.model.instants import Instant

_COPY: Final = "database.sqlite"
_PAGES: Final = 4096
_PATIENCE: Final = 3
_BUSY_SECONDS: Final = 5.0
_FILE: Final = "file"


class SqliteOptions(Options):
    """Which database."""

    path: AbsolutePath
    """Absolute path of the database file on this machine."""


class SqliteSource:
    """Copies by the online backup interface, so that a database in use is copied as it was at one moment."""

    Config: ClassVar[type[SqliteOptions]] = SqliteOptions

    def __init__(self, config: SqliteOptions) -> None:
        """Take validated options."""
        self._path = Path(config.path)

    async def dump(self, workplace: Workplace) -> Dump:
        """Copy into the spool, let SQLite check the copy, and measure it."""
        if workplace.address:
            raise SourceError(
                "sqlite copies databases of this machine only; for a device use 'command' with sqlite3's own .backup"
            )
        taken = workplace.clock.now()
        copy = workplace.spool / _COPY

        def work(pace: Pace) -> Dump:
            _copy(self._path, copy, pace)
            return _dump(copy, taken, pace)

        return await in_thread(workplace, "copying the database", work)

    @contextlib.asynccontextmanager
    async def restored(self, workplace: Workplace, fetched: Path, manifest: Manifest) -> AsyncIterator[Restored]:
        """Open the copy where the repository laid it; RestoreError when it is not there."""
        copy = fetched / (workplace.spool / _COPY).relative_to("/")
        if not copy.is_file():
            raise RestoreError(f"{shown(str(copy))}: the copy of the database did not come back")
        yield RestoredSqlite(workplace, copy, manifest.taken)

    def target(self, workplace: Workplace) -> AbstractAsyncContextManager[Target]:
        """Give the place of the database, for a real restore."""
        taken = workplace.clock.now()

        def measuring(path: Path, pace: Pace) -> Manifest:
            return _measured(path, taken, pace, RestoreError, digest(path, pace.step))

        return target(workplace, self._path, _COPY, measuring)


class RestoredSqlite:
    """A copy that came back; it is only read."""

    def __init__(self, workplace: Workplace, copy: Path, taken: Instant) -> None:
        """Take the copy."""
        self._workplace = workplace
        self._copy = copy
        self._taken = taken

    async def manifest(self) -> Manifest:
        """Let SQLite check the file, and measure it as at backup time."""

        def work(pace: Pace) -> Manifest:
            return _measured(self._copy, self._taken, pace, RestoreError, digest(self._copy, pace.step))

        return await in_thread(self._workplace, "measuring the restored database", work, RestoreError)

    async def answer(self, question: str) -> str:
        """Answer a query; it may read and do nothing else."""

        def work(pace: Pace) -> str:
            with opened(self._copy, pace.check, RestoreError) as connection:
                return ask(connection, question)

        return await in_thread(self._workplace, "asking the restored database", work, RestoreError)


def _dump(copy: Path, taken: Instant, pace: Pace) -> Dump:
    sha256 = digest(copy, pace.step)
    return Dump((copy,), _measured(copy, taken, pace, SourceError, sha256), digests={copy: sha256})


def _measured(copy: Path, taken: Instant, pace: Pace, complain: type[BackupError], sha256: str) -> Manifest:
    with opened(copy, pace.check, complain) as connection:
        check_integrity(connection, copy, complain)
        parts = {**measure(connection), _FILE: {_COPY: described(copy, sha256)}}
    return Manifest("sqlite", taken, parts, {"sqlite": sqlite3.sqlite_version})


def _copy(path: Path, copy: Path, pace: Pace) -> None:
    """Copy as of one moment; SQLite begins again by itself when somebody writes a database that has no write-ahead log."""
    if not path.is_file():  # SQLite would say only that it cannot open it
        raise SourceError(f"{shown(str(path))}: there is no such file")
    # A name of its own: an earlier attempt that ran out of time may still be ending with its own.
    growing = copy.with_name(f"{copy.name}.{time.monotonic_ns()}")
    target = contextlib.closing(sqlite3.connect(growing, isolation_level=None))
    with _kept(growing, copy), explained(path, pace.check, SourceError), target as into, _source(path) as source:
        growing.chmod(0o600)
        try:
            source.backup(into, pages=_PAGES, progress=_Steps(pace), sleep=0.01)
        except _StartedAgainError:
            source.backup(into)  # in one step: whoever writes waits for its end
        into.execute("PRAGMA journal_mode = DELETE")


@contextlib.contextmanager
def _kept(growing: Path, copy: Path) -> Iterator[None]:
    """Give the copy its name when it is whole; leave nothing when it is not."""
    try:
        yield
        growing.replace(copy)
    finally:
        growing.unlink(missing_ok=True)


class _StartedAgainError(Exception):
    """Somebody writes so often that copying step by step would not end."""


class _Steps:
    """Told by SQLite after each step; without a write-ahead log it begins again whenever another process has written."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._left = self._beginnings = 0

    def __call__(self, status: int, left: int, _total: int) -> None:
        self._pace.check()
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return
        self._pace.step()
        self._beginnings += left >= self._left > 0
        self._left = left
        if self._beginnings > _PATIENCE:
            raise _StartedAgainError


@contextlib.contextmanager
def _source(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database for reading, and hold one moment of it when that keeps no writer waiting."""
    immutable = not _wal(path).exists() and not _may_write_beside(path)
    with contextlib.closing(_connect(path, immutable=immutable)) as source:
        if source.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield source
        if immutable and _wal(path).exists():
            raise SourceError(f"{shown(str(path))}: somebody began to write it while it was copied; run again")


def _connect(path: Path, *, immutable: bool) -> sqlite3.Connection:
    how = "immutable=1" if immutable else "mode=ro"
    return sqlite3.connect(f"{path.as_uri()}?{how}", uri=True, isolation_level=None, timeout=_BUSY_SECONDS)


def _wal(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _may_write_beside(path: Path) -> bool:
    """Tell whether SQLite could make the files beside the database that even reading a write-ahead log needs."""
    return os.access(path.parent, os.W_OK)
