"""The locks in a repository: who holds them, and which of them nobody holds any more."""

import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol, TypeVar

from wenyam.backup.repositories.complaints import LOCK_HINT
from wenyam.backup.repositories.program import Answer
from wenyam.backup.repositories.reading import Lock, lock_of
from wenyam.clock import Clock
from wenyam.errors import RepositoryError, RepositoryLockedError
from wenyam.model.instants import seconds_between, to_iso

Unlocked = Callable[[Sequence[str]], None]
"""Told, one line each, of the locks that were removed: it puts them on record."""
Result = TypeVar("Result")
_SECONDS: Final = 120.0
_PAUSE: Final = 1.0


class _Call(Protocol):
    def __call__(self, command: str, *words: str, seconds: float) -> Awaitable[Answer]: ...


class LockKeeper:
    """Lists and removes the locks of one repository."""

    def __init__(self, name: str, call: _Call, clock: Clock, unlocked: Unlocked) -> None:
        """Take the repository's name, how to call restic, and who is told what was removed."""
        self._name = name
        self._call = call
        self._clock = clock
        self._unlocked = unlocked

    async def all(self) -> tuple[Lock, ...]:
        """Return every lock that is there; never takes one itself."""
        found = []
        for name in await self._names():
            lock = await self._read(name)
            if lock is not None:
                found.append(lock)
        return tuple(found)

    async def require_usable(self) -> None:
        """Raise RepositoryLockedError when a lock bars a backup, or when only dead processes' locks are there to be cleared."""
        locks = await self.all()
        barring = [lock for lock in locks if lock.exclusive] or (locks if _all_dead(locks) else ())
        if barring:
            raise RepositoryLockedError(f"{self._name}: {'; '.join(map(self.describe, barring))}", hint=LOCK_HINT)

    async def unlock_dead(self) -> tuple[str, ...]:
        """Remove the locks when all of them are of dead processes of this host; describe what is gone, which goes on record.

        restic's own `unlock` sends SIGHUP to the process that a lock names, whatever has that number by now, and says
        "successfully removed" even when it removed nothing: so it is called only when no such process lives, and what is left
        is listed again.
        """
        locks = await self.all()
        if not _all_dead(locks):
            return ()
        described = {lock.id: self.describe(lock) for lock in locks}
        await self._call("unlock", seconds=_SECONDS)
        left = await self._names()
        gone = tuple(words for name, words in described.items() if name not in left)
        self._unlocked(gone)
        return gone

    def describe(self, lock: Lock) -> str:
        """Say who holds it and since when."""
        age = max(0.0, seconds_between(lock.at, self._clock.now()))
        return f"{lock}, from {to_iso(lock.at)} ({age:.0f} s ago)"

    async def _names(self) -> Sequence[str]:
        answer = await self._call("list", "locks", seconds=_SECONDS)
        return answer.stdout.decode("ascii", "replace").split()

    async def _read(self, name: str) -> Lock | None:
        try:
            answer = await self._call("cat", "lock", name, "--no-lock", seconds=_SECONDS)
        except RepositoryError:
            if name in await self._names():
                raise
            return None  # let go meanwhile
        return lock_of(name, answer.stdout)


async def past_locks(
    work: Callable[[], Awaitable[Result]], keepers: Sequence[LockKeeper], clock: Clock, seconds: float
) -> Result:
    """Do what a lock may bar: wait so many seconds for living processes, another run or another host, never for dead ones."""
    deadline = clock.monotonic() + seconds
    while True:
        try:
            return await work()
        except RepositoryLockedError:
            removed = [await keeper.unlock_dead() for keeper in keepers]
            if not any(removed):
                if clock.monotonic() > deadline:
                    raise
                await clock.sleep(_PAUSE)


def _all_dead(locks: Sequence[Lock]) -> bool:
    return all(map(is_dead_here, locks)) if locks else False


def is_dead_here(lock: Lock) -> bool:
    """Tell whether a lock is of this host and its process is gone; a number that lives is never touched, whoever has it now."""
    if lock.host != os.uname().nodename:
        return False
    try:
        os.kill(lock.process, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False
