"""The ballast: a file that holds space so that facts can still be written when the disk is full."""

import contextlib
import os
from pathlib import Path

from wenyam.store.failures import free_bytes
from wenyam.store.files import open_shared

FILE = "ballast"
BYTES = 32 * 1024 * 1024


class Ballast:
    """Allocated space, given back once when it is needed and taken again when there is room."""

    def __init__(self, directory: Path, size: int = BYTES) -> None:
        """Name the file; allocates nothing yet."""
        self._path = directory / FILE
        self._size = size

    @property
    def whole(self) -> bool:
        """True while the space is held."""
        try:
            return self._path.stat().st_size >= self._size
        except OSError:
            return False

    def release(self) -> bool:
        """Give the space back to the file system; False when there was none to give."""
        try:
            held = self._path.stat().st_blocks > 0
            self._path.unlink()
        except OSError:
            return False
        return held

    def renew(self) -> bool:
        """Hold the space again, unless that would leave less than as much; return whether it is held."""
        if self.whole:
            return True
        if free_bytes(self._path.parent) < 2 * self._size:
            return False
        descriptor = open_shared(self._path)
        try:
            if self._size:
                os.posix_fallocate(descriptor, 0, self._size)
        except OSError:
            with contextlib.suppress(OSError):
                self._path.unlink()
        finally:
            os.close(descriptor)
        return self.whole
