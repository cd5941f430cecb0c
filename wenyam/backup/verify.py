"""After storing: is it really there? The listing against the plan, sizes, and each dump read back and compared."""

from collections.abc import Mapping

from wenyam.backup.contract import Dump, Entry, Repository, Stored
from wenyam.backup.timing import LIST, READ_BACK, Timings
from wenyam.clock import Clock

_SHOWN = 3


async def problem_with(
    repository: Repository, dump: Dump, stored: Stored, *, deadline: float, timings: Timings, clock: Clock
) -> str:
    """Return the first thing wrong with what was stored, as a sentence; empty when all of it was found and read back equal."""
    if stored.complaints:
        return f"the repository's program complained: {stored.complaints[0]}"
    with timings.part(clock, LIST):
        entries = {entry.path: entry for entry in await repository.entries(stored.snapshot)}
        problem = missing(dump, entries) or wrong_size(dump, entries)
    with timings.part(clock, READ_BACK):
        return problem or await _read_back(repository, dump, stored, deadline - clock.monotonic())


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


async def _read_back(repository: Repository, dump: Dump, stored: Stored, seconds: float) -> str:
    for path, digest in dump.digests.items():
        found = await repository.read_back(stored.snapshot, str(path), seconds)
        if found != digest:
            return f"{path.name}: what was read back is not what was stored (SHA-256 {found[:12]}…, not {digest[:12]}…)"
    return ""
