"""Numbers shared between the benchmark and the programs it starts, and what a process has cost in CPU."""

import mmap
import struct
import time
from pathlib import Path
from typing import Self

_FORM = struct.Struct("=4Q")
_NANOSECOND = 1e-9


class Counters:
    """Four whole numbers in a file both sides have mapped; the writer is one process."""

    def __init__(self, path: Path, *, make: bool = False) -> None:
        """Open the file; `make` writes zeros first."""
        if make:
            path.write_bytes(bytes(_FORM.size))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _FORM.size)

    def read(self) -> tuple[int, int, int, int]:
        """Return the present numbers."""
        first, second, third, fourth = _FORM.unpack_from(self._memory)
        return first, second, third, fourth

    def write(self, *numbers: int) -> None:
        """Replace all four."""
        _FORM.pack_into(self._memory, 0, *numbers)

    def close(self) -> None:
        """Unmap."""
        self._memory.close()

    def __enter__(self) -> Self:
        """Use as `with`."""
        return self

    def __exit__(self, *_: object) -> None:
        """Unmap."""
        self.close()


def cpu_seconds(process: int) -> float:
    """Return user and system time of every thread a process has or had (its POSIX CPU clock, man clock_getcpuclockid)."""
    return time.clock_gettime_ns(~process << 3 | 2) * _NANOSECOND
