"""SHA-256 of files: small ones at once, large ones by two threads beside the walk, as restic itself reads two files at a time."""

import hashlib
import os
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, NamedTuple

from wenyam.backup.sources.pace import Pace

_THREADS: Final = 2
LARGE: Final = 1 << 20
"""From this size on another thread is worth its hand-over; hashing lets go of Python's one lock."""
_CHUNK: Final = 1 << 20
_OPEN: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Hashed(NamedTuple):
    """What was read of a file."""

    digest: str
    """SHA-256 (hex)."""
    after: os.stat_result
    """The file's state after the last byte."""


class Digests:
    """Hashes files; close it when done."""

    def __init__(self, pace: Pace) -> None:
        """Take who is told of every byte; no thread is made yet."""
        self._pace = pace
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="wenyam-digest")

    def beside(self, name: bytes) -> "Future[Hashed]":
        """Return what will be the file's digest; its OSError comes with the result."""
        return self._threads.submit(self.now, name)

    def close(self) -> None:
        """Begin no further file; one that is being read ends with the pace."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def now(self, name: bytes, size: int = _CHUNK) -> Hashed:
        """Return the file's digest; a small `size` saves a large buffer."""
        chunk_size = min(size + 1, _CHUNK)
        hashed = hashlib.sha256()
        descriptor = os.open(name, _OPEN)
        try:
            while chunk := os.read(descriptor, chunk_size):
                hashed.update(chunk)
                self._pace.step(len(chunk))
            return Hashed(hashed.hexdigest(), os.fstat(descriptor))
        finally:
            os.close(descriptor)
