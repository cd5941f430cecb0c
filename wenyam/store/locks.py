"""The locks of the state directory (design section 2), all flock(2): the kernel lets go when a process dies."""

import contextlib
import errno
import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from wenyam.errors import AlreadyRunningError, WriteLockError
from wenyam.store.files import open_shared, prepare_directory

WRITE_LIMIT = 5.0
"""Seconds a process waits for the write lock."""
_FIRST_WAIT, _LONGEST_WAIT = 0.0005, 0.01


class DaemonLock:
    """Held for a daemon's life; a second one is an AlreadyRunningError that names the first's process id."""

    def __init__(self, directory: Path, name: str = "daemon.lock") -> None:
        """Name the lock: `daemon.lock` for the watcher, `jobs.lock` for the calendar. Takes nothing yet."""
        self._path = directory / name
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock or raise at once; makes the state directory when this is the first start."""
        prepare_directory(self._path.parent)
        descriptor = open_shared(self._path)
        if not _try(descriptor):
            holder = _holder(descriptor)
            os.close(descriptor)
            raise AlreadyRunningError(f"{self._path} is held by {holder}")
        _sign(descriptor)
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go; harmless when not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        """Take the lock."""
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Let go."""
        self.release()


def write_lock(directory: Path, limit: float = WRITE_LIMIT) -> AbstractContextManager[None]:
    """Hold the write lock; WriteLockError naming the holder after `limit` seconds.

    SQLite before 3.51.3 can corrupt a WAL when two processes write and reset it at the same time; nobody does while this is held.
    """
    return short_lock(directory / "write.lock", limit)


@contextlib.contextmanager
def short_lock(path: Path, limit: float) -> Iterator[None]:
    """Hold a lock that everybody holds only for a moment, so that it is waited for; WriteLockError after `limit` seconds."""
    descriptor = open_shared(path)
    try:
        _wait(descriptor, limit, path)
        _sign(descriptor)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, limit: float, path: Path) -> None:
    pause, waited, never = _FIRST_WAIT, 0.0, threading.Event()
    while not _try(descriptor):
        if waited >= limit:
            raise WriteLockError(f"{path} is held by {_holder(descriptor)}, waited {limit:g} s")
        never.wait(pause)
        waited += pause
        pause = min(_LONGEST_WAIT, pause * 2)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
            return False
        raise
    return True


def _sign(descriptor: int) -> None:
    with contextlib.suppress(OSError):  # a courtesy for whoever waits; the disk may be full
        os.pwrite(descriptor, f"{os.getpid():<10d}\n".encode(), 0)


def _holder(descriptor: int) -> str:
    text = os.pread(descriptor, 16, 0).decode("ascii", "replace").strip()
    return f"process {text}" if text.isdecimal() else "a process that left no number"
