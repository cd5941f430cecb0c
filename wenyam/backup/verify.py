"""After storing: is it really there? The listing against the plan, sizes, and each dump read back and compared."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Mapping
from dataclasses import replace

from wenyam.backup.contract import Dump, Entry, Listing, Repository, Stored
from wenyam.backup.timing import LIST, READ_BACK, Timings
from wenyam.clock import Clock
from wenyam.errors import RepositoryError

_SHOWN = 3


async def looked_at(
    repository: Repository, dump: Dump, stored: Stored, run: str, *, deadline: float, timings: Timings, clock: Clock
) -> tuple[Stored, str]:
    """Return what was stored, with the snapshot's whole id, and the first thing wrong with it as a sentence; empty: nothing is.

    Listing and reading back go on side by side, since each waits half a second for restic to open its key; the part `read-back`
    is what it took longer than the listing. RepositoryError when the snapshot is not there at all.
    """
    async with _beside(_read_back(repository, dump, stored.snapshot, deadline - clock.monotonic())) as reading:
        with timings.part(clock, LIST):
            listing = await repository.listing(stored.snapshot)
            problem = _complaint(stored) or _difference(dump, listing, run)
        with timings.part(clock, READ_BACK):
            problem = problem or await reading
    return replace(stored, snapshot=listing.snapshot.id), problem


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[None, None, str]) -> AsyncIterator["asyncio.Task[str]"]:
    """Do some work beside the block; at the block's end it is over, waited for or not."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


def _complaint(stored: Stored) -> str:
    return f"the repository's program complained: {stored.complaints[0]}" if stored.complaints else ""


def _difference(dump: Dump, listing: Listing, run: str) -> str:
    if listing.snapshot.run != run:
        raise RepositoryError(f"the snapshot '{listing.snapshot.id[:8]}' is of run {listing.snapshot.run}, not of {run}")
    entries = {entry.path: entry for entry in listing.entries}
    return missing(dump, entries) or wrong_size(dump, entries)


def missing(dump: Dump, entries: Mapping[str, Entry]) -> str:
    """Say which planned path is not in the listing."""
    absent = [path for path in (*map(str, dump.paths), *dump.listed) if path not in entries]
    if not absent:
        return ""
    shown = ", ".join(repr(path) for path in absent[:_SHOWN])
    return f"{len(absent)} of the planned paths are not in the snapshot: {shown}" + (" …" if len(absent) > _SHOWN else "")


def wrong_size(dump: Dump, entries: Mapping[str, Entry]) -> str:
    """Say which dump has another size in the listing than in the spool."""
    for path in dump.digests:
        size, listed = path.stat().st_size, entries[str(path)].size if str(path) in entries else -1
        if size != listed:
            return f"{path.name}: {listed} bytes in the snapshot, {size} in the spool"
    return ""


async def _read_back(repository: Repository, dump: Dump, snapshot: str, seconds: float) -> str:
    for path, digest in dump.digests.items():
        found = await repository.read_back(snapshot, str(path), seconds)
        if found != digest:
            return f"{path.name}: what was read back is not what was stored (SHA-256 {found[:12]}…, not {digest[:12]}…)"
    return ""
