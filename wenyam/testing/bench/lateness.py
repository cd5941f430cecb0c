"""How late an event loop is, counted in a file that the benchmark has mapped: by how much a timer of ten milliseconds is late."""

import asyncio
import mmap
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TICK = 0.01
"""Seconds between two looks at the clock."""
GRAIN = 0.0001
"""Seconds of lateness that one count stands for."""
_COUNTS = 20_000
"""The last one holds everything later than two seconds."""
_COUNT = struct.Struct("=Q")

Counts = Sequence[int]


class Lateness:
    """A count for each tenth of a millisecond; one process writes, another reads."""

    def __init__(self, path: Path, *, make: bool = False) -> None:
        """Open the file; `make` writes zeros first."""
        if make:
            path.write_bytes(bytes(_COUNTS * _COUNT.size))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _COUNTS * _COUNT.size)

    def note(self, seconds: float) -> None:
        """Count one lateness."""
        place = min(_COUNTS - 1, max(0, int(seconds / GRAIN))) * _COUNT.size
        _COUNT.pack_into(self._memory, place, _COUNT.unpack_from(self._memory, place)[0] + 1)

    def read(self) -> Counts:
        """Return the present counts."""
        return struct.unpack(f"={_COUNTS}Q", self._memory[:])

    def close(self) -> None:
        """Unmap."""
        self._memory.close()


class GaugedPolicy(asyncio.DefaultEventLoopPolicy):
    """Makes event loops that say how late they are."""

    def __init__(self, lateness: Lateness) -> None:
        """Take where it is counted."""
        super().__init__()
        self._lateness = lateness

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """Make a loop with the gauge in it."""
        loop = super().new_event_loop()
        self._wind(loop)
        return loop

    def _wind(self, loop: asyncio.AbstractEventLoop) -> None:
        due = loop.time() + TICK
        loop.call_at(due, self._strike, loop, due)

    def _strike(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._lateness.note(loop.time() - due)
        self._wind(loop)


@dataclass(frozen=True, slots=True)
class Quantiles:
    """How late the loop was over a stretch, in seconds."""

    looks: int
    median: float
    p99: float
    worst: float


def quantiles(before: Counts, after: Counts) -> Quantiles:
    """Return what was counted between two readings."""
    counts = [late - early for early, late in zip(before, after, strict=True)]
    looks = sum(counts)
    return Quantiles(looks, *(_quantile(counts, looks, share) for share in (0.5, 0.99, 1.0)))


def joined(first: Counts, second: Counts) -> Counts:
    """Return the counts of both."""
    return [one + other for one, other in zip(first, second, strict=True)]


def _quantile(counts: Counts, looks: int, share: float) -> float:
    wanted, seen = share * looks, 0
    for place, count in enumerate(counts):
        seen += count
        if count and seen >= wanted:
            return (place + 1) * GRAIN
    return 0.0
