"""A disk that is carried in and out: writing under its empty mount point would fill the machine's own disk, unseen."""

import os
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from wenyam.backup.repositories.destination import AbsolutePath, Access, Reach, looked
from wenyam.backup.repositories.local import free_bytes_at, require_directory
from wenyam.collectors.options import Options
from wenyam.errors import RepositoryAbsentError

_BY_UUID = Path("/dev/disk/by-uuid")


class ExternalOptions(Options):
    """Which disk, and where on it."""

    mount: AbsolutePath
    """Where the disk is mounted."""
    directory: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")] = "restic"
    """The repository's directory on the disk."""
    uuid: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")] | None = None
    """UUID of the disk's file system, as `lsblk -f` shows it; another disk is refused."""
    marker: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")] | None = None
    """Name of a file that must lie at the top of the disk, where there is no UUID to go by."""


class ExternalDestination:
    """A repository on a disk that must be mounted at its own mount point."""

    Config: ClassVar[type[ExternalOptions]] = ExternalOptions

    def __init__(self, config: ExternalOptions) -> None:
        """Take validated options."""
        self._config = config
        self._mount = Path(config.mount)

    @property
    def place(self) -> str:
        """Return the path on the mounted disk."""
        return str(self._mount / self._config.directory)

    def reach(self, access: Access) -> Reach:
        """Return the path: no login is needed."""
        _ = access
        return Reach(self.place)

    async def present(self, access: Access, seconds: float) -> None:
        """Return when the right disk is mounted."""
        _ = access
        await looked(self._look, seconds, self.place)

    async def free_bytes(self, access: Access, seconds: float) -> int:
        """Return what this account may still write on the disk."""
        _ = access
        return await looked(self._free, seconds, self.place)

    def _free(self) -> int:
        self._look()  # without the disk it would be the machine's own that is measured
        return free_bytes_at(self._mount)

    def _look(self) -> None:
        if not os.path.ismount(self._mount):
            raise self._absent(f"no disk is mounted at {self._mount}")
        if self._config.uuid is not None and not _is_on(self._mount, _BY_UUID / self._config.uuid):
            raise self._absent(f"another disk is mounted at {self._mount}, not the one with UUID {self._config.uuid}")
        if self._config.marker is not None and not (self._mount / self._config.marker).is_file():
            raise self._absent(f"another disk is mounted at {self._mount}: the file {self._config.marker} is not on it")
        require_directory(self._mount)

    @staticmethod
    def _absent(what: str) -> RepositoryAbsentError:
        return RepositoryAbsentError(what, hint="Connect the disk and mount it; nothing was written.")


def _is_on(mount: Path, device: Path) -> bool:
    """Tell whether a file system lies on a block device."""
    try:
        return device.stat().st_rdev == mount.stat().st_dev
    except OSError:  # no such disk is connected
        return False
