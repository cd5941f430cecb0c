"""The contracts of a backup source and of a repository (design section 3)."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel

from wenyam.backup.timing import Timings
from wenyam.clock import Clock
from wenyam.links.pools import Links
from wenyam.model.backup import BackupJob, Manifest
from wenyam.model.instants import Instant
from wenyam.model.inventory import Credential

Progress = Callable[[str, int, int | None], None]
"""Told what is being done, how much is done and how much there is (bytes; None: not known). Cheap enough to be called often."""


def no_progress(what: str, done: int, total: int | None) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """What a source may use in one run: made by `backup.run` and `backup.restore_test`, never kept."""

    job: BackupJob
    clock: Clock
    links: Links
    """SSH, programs, databases and secrets (`links.secrets`)."""
    tools: Callable[[str], str]
    """Gives the absolute path of a program by its name; CommandFailedError with the setting's name when there is none."""
    address: str = ""
    """Address of the job's device; empty for this machine."""
    credential: Credential | None = None
    spool: Path = Path("/nonexistent")
    """A directory of this job alone, 0700, the same path every night; `dump` may write here and nowhere else. For `restored` it
    is where the dump lay at backup time: look for it under `fetched / spool.relative_to("/")`; the directory itself is gone."""
    scratch: Path = Path("/nonexistent")
    """A directory of this restore alone, 0700, with a generated name, removed afterwards."""
    scratch_user: str | None = None
    """Account for private servers when we are root."""
    accepted_lines: int | None = None
    """Lines of a text that a person called right, though they are outside the job's band; None: nobody did."""
    state_directory: Path = Path("/var/lib/wenyam")
    """Of this instance."""
    configuration_folder: Path = Path("/etc/wenyam")
    """Of this instance."""
    deadline: float = float("inf")
    """Monotonic second by which it must be over."""
    progress: Progress = no_progress
    timings: Timings = field(default_factory=Timings)
    """Where a source tells how long parts of its dump took."""


@dataclass(frozen=True, slots=True)
class Dump:
    """What a source hands over to be stored."""

    paths: tuple[Path, ...]
    """Absolute files or directories that go into the repository as they lie."""
    manifest: Manifest
    digests: dict[Path, str] = field(default_factory=dict)
    """SHA-256 (hex) of each spooled dump file: read back from the repository and compared after storing."""
    listed: Collection[str] = ()
    """Paths below `paths` that must be in the snapshot's listing: for `files`, every file of the manifest."""
    excludes: tuple[str, ...] = ()
    """Patterns in the repository's own language (restic --exclude), for `files`."""
    one_file_system: bool = False


class Restored(Protocol):
    """A restored system in its scratch place, alive until its context ends."""

    async def manifest(self) -> Manifest:
        """Measure what came back, in the same sections as at backup time."""

    async def answer(self, question: str) -> str:
        """Put one smoke question to the restored system; the first value as text, empty when there is none."""


class Source(Protocol):
    """One kind of thing that is backed up. Registered under `wenyam.sources`."""

    Config: ClassVar[type[BaseModel]]
    """Strict model (extra forbidden, frozen) of the options the configuration may give."""

    def __init__(self, config: Any) -> None:
        """Take validated options; no I/O."""

    async def dump(self, workplace: Workplace) -> Dump:
        """Make a consistent copy and measure it at the same moment; a dump that is not whole is a SourceError, never a Dump."""

    def restored(self, workplace: Workplace, fetched: Path, manifest: Manifest) -> AbstractAsyncContextManager[Restored]:
        """Restore into `workplace.scratch` from what the repository gave back.

        `fetched` is the root under which the stored paths lie again (`fetched / path.relative_to("/")`). Never touches
        production: a target whose identity equals the source's is a SourceError. What cannot be restored raises NotTestedError.
        """


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One backup in a repository."""

    id: str
    at: Instant
    job: str
    run: str
    """Id of the run that made it, as in its facts."""
    paths: tuple[str, ...]
    original: str = ""
    """Id of the snapshot it was copied from, where the repository remembers."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What storing one dump came to, as the repository's own program said."""

    snapshot: str
    """Its id, or the beginning of it: `Repository.listing` says all of it."""
    files: int
    """Files seen, unchanged ones included."""
    bytes: int
    """Bytes seen: the size of the backup."""
    added_bytes: int
    """Bytes that were new to the repository."""
    seconds: float
    complaints: tuple[str, ...] = ()
    """What the program said on stderr; empty in a good run."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """How much of a repository's data one check read, in the repository's own units (packs)."""

    packs: int
    of: int

    @property
    def is_empty(self) -> bool:
        """Tell that there is data, and none of it was read: the part that was asked for holds none."""
        return self.packs == 0 and self.of > 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a snapshot."""

    path: str
    kind: str
    """file, dir, symlink, and other words of the repository's program."""
    size: int


@dataclass(frozen=True, slots=True)
class Listing:
    """What a snapshot holds, and which it is."""

    snapshot: Snapshot
    entries: Sequence[Entry]


class Repository(Protocol):
    """A place that keeps backups; errors are RepositoryErrors. Every call has its own deadline in seconds."""

    name: str

    async def prepare(self, *, create: bool) -> None:
        """See that it is there, that the key opens it, and that there is room; make it when `create` and there is none."""

    async def create(self, like: Any = None) -> None:
        """Make it; `like` is the repository whose snapshots will be copied here, so that equal data is cut alike."""

    async def unlock_dead(self) -> tuple[str, ...]:
        """Remove the locks of dead processes of this host and describe them; nothing when any lock may still be in use."""

    async def store(self, dump: Dump, *, job: str, run: str, progress: Progress, seconds: float) -> Stored:
        """Store under a host name and tags of our own. RepositoryError unless the program ended well and its summary was read.

        Whether it is really there is seen by `listing`.
        """

    async def snapshots(self, job: str | None = None) -> tuple[Snapshot, ...]:
        """Return the snapshots this instance made, oldest first."""

    async def listing(self, snapshot: str) -> Listing:
        """List a snapshot; RepositoryError when the repository has none with this id."""

    async def read_back(self, snapshot: str, path: str, seconds: float) -> str:
        """Return the SHA-256 (hex) of one stored file, read through the repository."""

    async def verify(self, part: tuple[int, int] | None, seconds: float) -> ReadBack | None:
        """Check the structure and, for `part` (n of t), the data itself; RepositoryDamagedError names what is wrong.

        Return how much data was read; None when none was asked for.
        """

    async def fetch(self, snapshot: str, target: Path, *, include: Sequence[str] = (), seconds: float) -> None:
        """Restore files under `target`; anything the program complains of is an error, whatever lies there then."""

    async def copy_to(self, other: "Repository", snapshots: Sequence[str], seconds: float) -> None:
        """Copy snapshots to a repository with another key."""

    async def forget(self, snapshots: Sequence[str], *, prune: bool, seconds: float) -> None:
        """Remove exactly these snapshots."""

    async def free_bytes(self) -> int | None:
        """Return the free space of the destination; None where that cannot be seen."""
