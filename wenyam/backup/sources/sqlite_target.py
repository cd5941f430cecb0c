"""The place of an SQLite database, where a person restores one: beside the present file by default."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wenyam.backup import places
from wenyam.backup.comparison import shown
from wenyam.backup.contract import Workplace
from wenyam.backup.sources.pace import Pace, in_thread
from wenyam.backup.targets import Loaded, Look, Wish
from wenyam.errors import RestoreError, UsageError
from wenyam.model.backup import Manifest

_BESIDE: Final = ("-wal", "-shm", "-journal")
_BUSY_SECONDS: Final = 2.0
Measuring = Callable[[Path, Pace], Manifest]
"""Lets SQLite check a database file, and measures it."""


@contextlib.asynccontextmanager
async def target(workplace: Workplace, path: Path, copy: str, measuring: Measuring) -> AsyncIterator["SqliteTarget"]:
    """Give the place of the job's own database; `copy` is what its file is called in a backup."""
    if workplace.address:
        raise UsageError("sqlite restores databases of this machine only")
    yield SqliteTarget(workplace, path, copy, measuring)


@dataclass(frozen=True, slots=True)
class SqliteTarget:
    """The file of a database; a name here is an absolute path."""

    workplace: Workplace
    path: Path
    copy: str
    measuring: Measuring

    @property
    def at(self) -> str:
        """Return the machine."""
        return "a file of this machine"

    def databases(self, manifest: Manifest) -> tuple[str, ...]:  # noqa: ARG002  # a backup holds one
        """Return the job's path."""
        return (str(self.path),)

    def files(self, database: str, manifest: Manifest) -> tuple[str, ...]:  # noqa: ARG002  # a backup holds one
        """Return the copy."""
        return (self.copy,)

    def new_name(self, database: str, ending: str) -> str:
        """Return a path beside the database."""
        path = Path(database)
        return str(path.with_name(f"{path.stem}{ending}{path.suffix}"))

    def aside(self, database: str, ending: str, folder: Path) -> str:  # noqa: ARG002  # it stays beside
        """Return the path that the present file gets."""
        return self.new_name(database, ending)

    def shown(self, name: str) -> str:
        """Return the path."""
        return name

    async def look(self, wish: Wish) -> Look:
        """Look whether a file is there and whether it is in use."""
        path = Path(wish.name)
        if not path.is_absolute():
            raise UsageError(f"'{shown(wish.name)}' is no absolute path: a database of SQLite is a file")
        return await asyncio.to_thread(_look, path, in_place=wish.in_place)

    async def holds(self, name: str) -> bool:
        """Tell whether there is such a file."""
        return await asyncio.to_thread(os.path.lexists, name)

    async def keep(self, wish: Wish) -> None:
        """Rename the present file, and the journals that belong to it."""

        def work() -> None:
            for ending in ("", *_BESIDE):
                if os.path.lexists(wish.name + ending):
                    Path(wish.name + ending).rename(wish.aside + ending)

        await _explained(work)

    async def load(self, wish: Wish, files: Mapping[str, Path]) -> tuple[str, ...]:
        """Copy beside the place, with owner and rights of the former file, and rename it there when it is whole."""
        await _explained(lambda: _lay(files[self.copy], Path(wish.name), Path(wish.aside or self.path)))
        return ()

    async def measure(self, wish: Wish) -> Loaded:
        """Measure the file where it lies."""
        place = Path(wish.name)
        found = await in_thread(self.workplace, "measuring the database", lambda pace: self.measuring(place, pace), RestoreError)
        return Loaded(wish.manifest, found)

    def kept_as(self, wish: Wish) -> str:
        """Name the file."""
        return wish.aside

    def way_back(self, wish: Wish) -> str:
        """Give the command."""
        return f"mv '{wish.aside}' '{wish.name}' (and, where they are there, its -wal and -journal), while nothing uses it"

    def way_out(self, wish: Wish) -> str:
        """Give the command."""
        return f"rm '{wish.name}'"


def _look(path: Path, *, in_place: bool) -> Look:
    refusals = [] if path.parent.is_dir() else [f"there is no directory {path.parent}"]
    # A journal without its database counts too: SQLite would replay it into whatever comes into this place.
    if not any(os.path.lexists(f"{path}{ending}") for ending in ("", *_BESIDE)):
        return Look(refusals=tuple(refusals))
    if path.is_symlink() or path.is_dir():
        return Look(exists=True, things=1, refusals=(f"{path} is no file",))
    busy = _users(path) if in_place else ()
    return Look(exists=True, things=1, users=busy, refusals=tuple(refusals))


def _users(path: Path) -> tuple[str, ...]:
    """Return what SQLite says when somebody has the database open; a damaged file is nobody's."""
    if not path.exists():
        return ()
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=_BUSY_SECONDS)) as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        return (f"a program ({error})",) if "locked" in str(error) else ()
    except sqlite3.DatabaseError:
        return ()
    return ()


def _lay(copy: Path, place: Path, former: Path) -> None:
    """Copy a file into its place as a whole; it gets owner and rights of the former one where there is one."""
    new = place.with_name(f".{place.name}.new")
    try:
        places.require_room(place.parent, copy.stat().st_size, "the database")
        shutil.copyfile(copy, new)
        if former.exists():
            like = former.stat()
            os.chown(new, like.st_uid, like.st_gid)
            new.chmod(like.st_mode & 0o7777)
        with new.open("rb") as file:
            os.fsync(file.fileno())
        new.replace(place)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


async def _explained(work: Callable[[], None]) -> None:
    try:
        await asyncio.to_thread(work)
    except OSError as error:
        raise RestoreError(f"{error.filename}: {error.strerror}") from error
