"""The contract of what a database is really restored into: a server that is in use, or the place of a database file."""

from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from wenyam.backup.contract import Workplace
from wenyam.model.backup import Manifest


@dataclass(frozen=True, slots=True)
class Wish:
    """Which database of a backup goes where."""

    database: str
    """Its name at backup time."""
    name: str
    """Its name in the target."""
    manifest: Manifest
    """Of backup time, all of it."""
    aside: str
    """What becomes of a database that has this name now, and is to be replaced: its new name, or where it is kept."""
    in_place: bool = False
    owners: bool = True
    """Restore owners and rights; without them everything belongs to the account that restores."""
    with_roles: bool = False
    """Make the roles that the database needs and the target lacks."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a target says before anything is changed."""

    exists: bool = False
    things: int = 0
    """Tables, views, routines and the like that are in it now."""
    users: tuple[str, ...] = ()
    """Who uses it now."""
    missing_roles: tuple[str, ...] = ()
    """Roles or users that own something in it or have rights there, and that the target lacks."""
    refusals: tuple[str, ...] = ()
    """Why it cannot be done."""
    notes: tuple[str, ...] = ()
    """What a person should know before."""
    roles_needed: bool = False
    """Without those roles it cannot be loaded with its owners."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a database is after loading."""

    expected: Manifest
    """What was measured at backup time of this database, as far as it can come back here."""
    found: Manifest
    """The same, measured now."""
    notes: tuple[str, ...] = ()
    by_text: Collection[str] = ()
    """Sections that another version of the server words in another way: a difference there is for a person to judge."""


class Target(Protocol):
    """A server or a file, open for one restore."""

    @property
    def at(self) -> str:
        """Where it is, for a sentence."""

    def databases(self, manifest: Manifest) -> tuple[str, ...]:
        """Return the databases in a backup."""

    def files(self, database: str, manifest: Manifest) -> tuple[str, ...]:
        """Return the names of the dump's files that loading one database needs."""

    def new_name(self, database: str, ending: str) -> str:
        """Return a name that the target takes: as the database is called, and the ending."""

    def aside(self, database: str, ending: str, folder: Path) -> str:
        """Return under which name, or where in `folder`, the present database is kept when it is replaced."""

    def shown(self, name: str) -> str:
        """Return a name as a person types it to confirm."""

    async def look(self, wish: Wish) -> Look:
        """Look without changing anything; a CollectError when the target cannot be reached."""

    async def holds(self, name: str) -> bool:
        """Tell whether something has this name, or was kept there."""

    async def keep(self, wish: Wish) -> None:
        """Put the present database aside; RestoreError when it cannot, and then it is as it was."""

    async def load(self, wish: Wish, files: Mapping[str, Path]) -> tuple[str, ...]:
        """Load the database and return the roles that were made; RestoreError says what stopped it."""

    async def measure(self, wish: Wish) -> Loaded:
        """Measure it with the code of the restore test."""

    def kept_as(self, wish: Wish) -> str:
        """Say where the former database is."""

    def way_back(self, wish: Wish) -> str:
        """Say how the former database comes back."""

    def way_out(self, wish: Wish) -> str:
        """Say how what was loaded is removed again."""


@runtime_checkable
class Restorable(Protocol):
    """A source whose databases can be restored into a target."""

    def target(self, workplace: Workplace) -> AbstractAsyncContextManager[Target]:
        """Open what the job's options name; `workplace.spool` is a private directory for what programs must be told."""
