"""A repository kept by restic. Exit code 0 is not a proof: every call's own words are read, and what it did is looked at."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from wenyam import plugins
from wenyam.backup.contract import Dump, Entry, Listing, Progress, ReadBack, Repository, Snapshot, Stored
from wenyam.backup.repositories.capabilities import Capabilities, capabilities_of
from wenyam.backup.repositories.destination import Access, Destination
from wenyam.backup.repositories.locks import LockKeeper, Result, Unlocked, past_locks
from wenyam.backup.repositories.program import Answer, Door, ResticProgram
from wenyam.backup.repositories.reading import (
    entry_of,
    is_doubtful,
    parsed,
    pattern_of,
    read_back_of,
    snapshot_of,
    snapshots_of,
    stored_of,
    with_exact_names,
)
from wenyam.backup.repositories.storing import StatusReader, absent_below, require_paths, words_of
from wenyam.clock import Clock
from wenyam.errors import (
    NoRoomError,
    RepositoryAbsentError,
    RepositoryError,
    RepositoryRefusedError,
    RepositoryUnreachableError,
)
from wenyam.links.pools import Links
from wenyam.model.backup import RepositoryPlan
from wenyam.model.inventory import Credential

QUICK_SECONDS: Final = 120.0
"""For calls that read a few small files: configuration, locks, the list of snapshots."""
LISTING_SECONDS: Final = 1800.0
PRESENT_SECONDS: Final = 20.0
LOCK_SECONDS: Final = 60.0
"""How long a call waits for others to let go of the repository. restic itself can since 0.16, but waits for the dead as well."""
_MEBIBYTE: Final = 1 << 20
_FULL_BYTES: Final = 32 * _MEBIBYTE
"""With less than two packs of room a failure without a reason is put down to that."""
_BEGINNING: Final = 16
_ID: Final = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a repository holds."""

    bytes: int
    """As it lies in the repository: deduplicated and compressed."""
    blobs: int
    snapshots: int


class ResticRepository:
    """One repository as the configuration names it."""

    def __init__(
        self,
        plan: RepositoryPlan,
        destination: Destination,
        program: ResticProgram,
        access: Access,
        host: str,
        *,
        unlocked: Unlocked,
    ) -> None:
        """Take what `open_repository` put together; no I/O."""
        self.name = plan.name
        self._plan = plan
        self._destination = destination
        self._program = program
        self._access = access
        self._host = host
        self.lock_seconds = LOCK_SECONDS
        self._capabilities: Capabilities | None = None
        self.locks = LockKeeper(self.name, self._call, access.clock, unlocked)

    @property
    def place(self) -> str:
        """Say where it is, without any secret."""
        return self._destination.place

    async def capabilities(self) -> Capabilities:
        """Return what this machine's restic can do; RepositoryError when it is too old."""
        if self._capabilities is None:
            self._capabilities = capabilities_of(await self._program.version(QUICK_SECONDS))
        return self._capabilities

    async def prepare(self, *, create: bool) -> None:
        """See that it is there, that the key opens it, that nobody bars it, and that there is room."""
        await self.capabilities()
        await self._destination.present(self._access, PRESENT_SECONDS)
        try:  # Opens the repository, so the key is proven too; each call costs restic half a second.
            await self._past(self.locks.require_usable, self.lock_seconds)
        except RepositoryAbsentError as error:
            if not create:
                raise RepositoryAbsentError(f"{self.name}: {self.place}") from error
            await self.create()
        await self._require_room()

    async def create(self, like: "ResticRepository | None" = None, seconds: float = QUICK_SECONDS) -> None:
        """Make a new repository; `like` another one, it cuts files in the same places, so that copies share what is equal."""
        await self.capabilities()
        await self._destination.present(self._access, PRESENT_SECONDS)
        words = ["--repository-version=2", *(["--copy-chunker-params"] if like else [])]
        await self._call("init", *words, seconds=seconds, second=like)
        await self.identity()

    async def identity(self) -> str:
        """Return the repository's own id, by which a strange one at the same place is known."""
        answer = await self._call("cat", "config", "--no-lock", seconds=QUICK_SECONDS)
        said = parsed(answer.stdout, "configuration")
        return str(said.get("id", ""))

    async def store(self, dump: Dump, *, job: str, run: str, progress: Progress, seconds: float) -> Stored:
        """Store: exit 0 and a summary. Each call more costs restic half a second, so `listing` is what sees that it is there."""
        words = words_of(dump, self._host, job, run)
        require_paths(dump.paths)
        status = StatusReader(progress)
        answer = await self._call("backup", *words, seconds=seconds, cached=True, waits=True, on_line=status.take)
        if status.summary is None:
            raise RepositoryError(f"{self.name}: restic backup ended well, but gave no summary")
        return stored_of(status.summary, _id(str(status.summary.get("snapshot_id", ""))), answer.complaints)

    async def snapshots(self, job: str | None = None) -> tuple[Snapshot, ...]:
        """Return the snapshots this instance made, oldest first."""
        words = ["--json", "--no-lock", f"--host={self._host}"]
        answer = await self._call("snapshots", *words, seconds=QUICK_SECONDS)
        return tuple(snapshot for snapshot in snapshots_of(answer.stdout) if job is None or snapshot.job == job)

    async def listing(self, snapshot: str) -> Listing:
        """List a snapshot; names that are no UTF-8 come back as os.fsdecode writes them."""
        about: list[Snapshot] = []
        found: list[Entry] = []

        def take(line: bytes) -> None:
            if not about:
                about.append(snapshot_of(line))
            elif (entry := entry_of(line)) is not None:
                found.append(entry)

        # The beginning of an id is looked for in the repository; a whole one newer versions find in their cache alone.
        begun = _id(snapshot)[:_BEGINNING]
        await self._call("ls", "--json", "--no-lock", begun, seconds=LISTING_SECONDS, cached=True, on_line=take)
        if not about or not about[0].id.startswith(snapshot):
            raise RepositoryError(f"{self.name}: the snapshot '{snapshot}' is not listed")
        return Listing(about[0], await self._exact(snapshot, found) if is_doubtful(found) else found)

    async def _exact(self, snapshot: str, entries: Sequence[Entry]) -> Sequence[Entry]:
        lines: list[bytes] = []
        await self._call("ls", "--no-lock", _id(snapshot), seconds=LISTING_SECONDS, cached=True, on_line=lines.append)
        return with_exact_names(entries, lines)

    async def read_back(self, snapshot: str, path: str, seconds: float) -> str:
        """Return the SHA-256 of one stored file, read from the repository and not from restic's cache."""
        digest = hashlib.sha256()
        await self._call("dump", "--", _id(snapshot), path, seconds=seconds, waits=True, on_chunk=digest.update)
        return digest.hexdigest()

    async def verify(self, part: tuple[int, int] | None, seconds: float) -> ReadBack | None:
        """Check the structure; with a part, also read that share of the packs: only this finds a flipped bit."""
        words = [] if part is None else [f"--read-data-subset={part[0]}/{part[1]}"]
        answer = await self._call("check", *words, seconds=seconds, cached=True, waits=True)
        return None if part is None else read_back_of(answer.stdout)

    async def fetch(self, snapshot: str, target: Path, *, include: Sequence[str] = (), seconds: float) -> None:
        """Restore below a directory, wholly or only these paths; a path that the snapshot does not have is an error too."""
        words = [f"--target={target}", *(f"--include={pattern_of(path)}" for path in include)]
        await self._call("restore", *words, _id(snapshot), seconds=seconds, waits=True)
        absent = absent_below(target, include)
        if absent:
            raise RepositoryError(f"{self.name}: {', '.join(absent)}: not in snapshot {snapshot[:8]}")

    async def copy_to(self, other: Repository, snapshots: Sequence[str], seconds: float) -> None:
        """Copy snapshots to a repository with another key, and see that each arrived."""
        if not isinstance(other, ResticRepository):
            raise RepositoryError(f"{other.name}: only restic copies what restic keeps")
        wanted = {snapshot.id: snapshot for snapshot in await self.snapshots()}
        unknown = [each for each in snapshots if each not in wanted]
        if unknown:
            raise RepositoryError(f"{self.name}: there is no snapshot {', '.join(unknown)}")
        await other._call("copy", "--", *map(_id, snapshots), seconds=seconds, second=self, cached=True, waits=True)  # noqa: SLF001  # its own class
        arrived = {snapshot.original for snapshot in await other.snapshots()}
        missing = [each for each in snapshots if not {each, wanted[each].original} & arrived - {""}]
        if missing:
            raise RepositoryError(f"{other.name}: {', '.join(missing)} did not arrive, though restic copy ended well")

    async def forget(self, snapshots: Sequence[str], *, prune: bool, seconds: float) -> None:
        """Remove exactly these snapshots: by id, never by a rule of restic's, and see that no other is gone."""
        if self._plan.append_only:
            raise RepositoryError(f"{self.name}: is append-only, nothing is removed there by this tool")
        before = {snapshot.id for snapshot in await self.snapshots()}
        unknown = [each for each in snapshots if each not in before]
        if unknown:
            raise RepositoryError(f"{self.name}: there is no snapshot {', '.join(unknown)}; nothing was removed")
        if snapshots:
            await self._remove("forget", "--", *map(_id, snapshots), seconds=seconds)
            left = {snapshot.id for snapshot in await self.snapshots()}
            if left != before - set(snapshots):
                raise RepositoryError(f"{self.name}: {len(before - left)} snapshots are gone, {len(snapshots)} should be")
        if prune:
            await self._remove("prune", seconds=seconds)

    async def _remove(self, *words: str, seconds: float) -> None:
        """Let restic remove; where the server refuses that, it was ended in the middle, and the lock it left is taken away."""
        try:
            await self._call(*words, seconds=seconds, cached=True, waits=True)
        except RepositoryRefusedError:
            await self.unlock_dead()
            raise

    async def free_bytes(self) -> int | None:
        """Return the free space of the destination; None where that cannot be seen."""
        return await self._destination.free_bytes(self._access, PRESENT_SECONDS)

    async def unlock_dead(self) -> tuple[str, ...]:
        """Remove the locks of dead processes of this host and describe them; nothing when any lock may still be in use."""
        return await self.locks.unlock_dead()

    async def statistics(self, seconds: float = LISTING_SECONDS) -> Statistics:
        """Return how much the repository holds."""
        answer = await self._call("stats", "--mode=raw-data", "--json", "--no-lock", seconds=seconds, cached=True)
        said = parsed(answer.stdout, "statistics")
        return Statistics(int(said["total_size"]), int(said["total_blob_count"]), int(said.get("snapshots_count", 0)))

    async def _require_room(self) -> None:
        free = await self.free_bytes()
        if free is not None and free < self._plan.minimum_free_bytes:
            wanted = self._plan.minimum_free_bytes // _MEBIBYTE
            raise NoRoomError(f"{self.name}: {free // _MEBIBYTE} MiB are free at {self.place}, {wanted} MiB must be")

    async def _call(
        self,
        command: str,
        *words: str,
        seconds: float,
        second: "ResticRepository | None" = None,
        waits: bool = False,
        **how: Any,
    ) -> Answer:
        """Run restic; when the place cannot be got to, the destination says better than restic why."""
        if waits:
            again = partial(self._call, command, *words, seconds=seconds, second=second, **how)
            return await self._past(again, min(seconds, self.lock_seconds), second)
        try:
            return await self._program.call(
                self.door(),
                command,
                *words,
                seconds=seconds,
                second=None if second is None else second.door(),
                **how,
            )
        except RepositoryError as error:
            for repository in (self, second):
                if repository is not None:
                    await repository.explain(error)
            raise

    async def _past(
        self, work: Callable[[], Awaitable[Result]], seconds: float, second: "ResticRepository | None" = None
    ) -> Result:
        keepers = [each.locks for each in (self, second) if each is not None]
        return await past_locks(work, keepers, self._access.clock, seconds)

    async def explain(self, error: RepositoryError) -> None:
        """Raise the reason of an error when the destination knows it better than restic; return when it does not."""
        if isinstance(error, RepositoryAbsentError | RepositoryUnreachableError):
            await self._destination.present(self._access, PRESENT_SECONDS)
        elif type(error) is RepositoryError:  # such as what an SFTP server with a full disk says: Failure
            free = await self.free_bytes()
            if free is not None and free < _FULL_BYTES:
                raise NoRoomError(f"{self.name}: {free // _MEBIBYTE} MiB are free at {self.place}; {error.what}") from error

    def door(self) -> Door:
        """Read the secrets and return how restic gets in; made anew for every call, kept by nobody."""
        reference, secrets = self._plan.key, self._access.links.secrets
        if reference.scheme == "env":
            key = {"PASSWORD": secrets.read(reference)}
        else:
            holder = Credential(self.name, "repository-key", secrets={"key": reference})
            key = {"PASSWORD_FILE": str(secrets.path_of(holder, "key"))}
        return Door(self.name, self._destination.reach(self._access), key)


def open_repository(
    plan: RepositoryPlan,
    *,
    clock: Clock,
    links: Links,
    tools: Callable[[str], str],
    host: str,
    cache: Path,
    credential: Credential | None,
    unlocked: Unlocked,
) -> ResticRepository:
    """Put a configured repository together; nothing is opened or read yet."""
    kind: Any = plugins.load(plugins.DESTINATIONS, plan.kind)
    program = ResticProgram(lambda: tools("restic"), cache, clock)
    return ResticRepository(plan, kind(plan.options), program, Access(links, clock, tools, credential), host, unlocked=unlocked)


def _id(snapshot: str) -> str:
    if _ID.fullmatch(snapshot) is None:
        raise RepositoryError(f"'{snapshot}' is no id of a snapshot")
    return snapshot
