"""The work loop's heartbeat: two slots written in place by turns, so that it costs no lock, no space and no fsync.

A row would wait for the write lock, grow the log by a page a second and fail on a full disk, which would make every subject
unknown; a replaced file would fail on a full disk too. What was written survives kill -9 in the kernel's cache; after a power
cut an older beat is found, which errs towards unknown. A torn slot fails its checksum and the other one counts.
"""

import os
import zlib
from pathlib import Path

from wenyam.model.instants import Instant
from wenyam.store.files import explained, open_shared

FILE = "heartbeat"
_SLOT = 64


class Heartbeat:
    """Writes beats; keeps the file open."""

    def __init__(self, directory: Path) -> None:
        """Open or make the file, with both slots allocated."""
        self._path = directory / FILE
        self._descriptor = open_shared(self._path)
        self._turn = 0
        with explained(self._path):
            if os.fstat(self._descriptor).st_size < 2 * _SLOT:
                os.pwrite(self._descriptor, b"\n" * (2 * _SLOT), 0)

    def beat(self, at: Instant) -> None:
        """Record that the work loop was alive at this instant."""
        text = f"{at}".encode()
        line = text + b" " + f"{zlib.crc32(text):08x}".encode()
        with explained(self._path):
            os.pwrite(self._descriptor, line.ljust(_SLOT - 1) + b"\n", self._turn * _SLOT)
        self._turn = 1 - self._turn

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


def last(directory: Path) -> Instant | None:
    """Return the newest whole beat, or None when there is none."""
    path = directory / FILE
    try:
        data = path.read_bytes()[: 2 * _SLOT]
    except FileNotFoundError:
        return None
    except OSError:
        with explained(path):
            raise
    return max((beat for slot in (data[:_SLOT], data[_SLOT:]) if (beat := _read(slot)) is not None), default=None)


def _read(slot: bytes) -> Instant | None:
    text, _, checksum = slot.strip().partition(b" ")
    if not text.lstrip(b"-").isdigit() or checksum != f"{zlib.crc32(text):08x}".encode():
        return None
    return Instant(int(text))
