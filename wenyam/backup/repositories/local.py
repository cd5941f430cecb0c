"""A directory of this machine."""

import os
from pathlib import Path
from typing import ClassVar

from wenyam.backup.repositories.destination import AbsolutePath, Access, Reach, looked
from wenyam.collectors.options import Options
from wenyam.errors import RepositoryAbsentError, RepositoryRefusedError


class LocalOptions(Options):
    """Where it lies."""

    path: AbsolutePath
    """The repository's own directory; its parent must exist."""


class LocalDestination:
    """A repository in a directory of this machine, on a disk that is always there."""

    Config: ClassVar[type[LocalOptions]] = LocalOptions

    def __init__(self, config: LocalOptions) -> None:
        """Take validated options."""
        self._path = Path(config.path)

    @property
    def place(self) -> str:
        """Return the path."""
        return str(self._path)

    def reach(self, access: Access) -> Reach:
        """Return the path: no login is needed."""
        _ = access
        return Reach(str(self._path))

    async def present(self, access: Access, seconds: float) -> None:
        """Return when the parent directory is there."""
        _ = access
        await looked(lambda: require_directory(self._path.parent), seconds, self.place)

    async def free_bytes(self, access: Access, seconds: float) -> int:
        """Return what this account may still write there."""
        _ = access
        return await looked(lambda: free_bytes_at(self._path), seconds, self.place)


def require_directory(path: Path) -> None:
    """Raise a RepositoryError unless this is a directory we may look into."""
    try:
        os.scandir(path).close()
    except PermissionError as error:
        raise RepositoryRefusedError(f"{path}: this account may not look into the directory") from error
    except OSError as error:
        raise RepositoryAbsentError(f"{path}: {os.strerror(error.errno or 0).lower()}") from error


def free_bytes_at(path: Path) -> int:
    """Return the free bytes of the file system that holds a path, or would hold it."""
    while not path.exists():
        path = path.parent
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize
