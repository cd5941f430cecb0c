"""The nouns of backups: jobs and repositories as configured, manifests of what was backed up, and verdicts about restores."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from wenyam.model.calendar import Schedule
from wenyam.model.instants import Instant
from wenyam.model.inventory import SecretReference
from wenyam.model.states import Subject

DAY = 86_400.0
MEBIBYTE = 1024 * 1024
MOST_PARTS = 256
"""In more turns restic reads no repository back: it sorts packs by the first byte of their names."""


class Verdict(StrEnum):
    """What a proof came to (design D12): what was skipped is NOT TESTED and never a pass."""

    PASS = "pass"  # noqa: S105  # a verdict, no password
    FAIL = "fail"
    NOT_TESTED = "not-tested"

    @property
    def words(self) -> str:
        """How it is printed: PASS, FAIL or NOT TESTED."""
        return self.value.upper().replace("-", " ")


@dataclass(frozen=True, slots=True)
class SizeBand:
    """How far the size of a backup may move from its accepted normal before a person is asked why (R4.3)."""

    shrink: float = 0.10
    grow: float = 0.50
    minimum_bytes: int = MEBIBYTE
    """Changes smaller than this are never an anomaly."""


@dataclass(frozen=True, slots=True)
class KeepRules:
    """Which snapshots stay: the newest `last`, then the newest of each day, week, month and year."""

    last: int = 3
    daily: int = 14
    weekly: int = 8
    monthly: int = 12
    yearly: int = 0
    floor: int = 3
    """Never fewer than so many snapshots are left, whatever the rules say."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question put to a restored system: a query (or, for files, a path) and the answer that proves it usable."""

    ask: str
    expect: str | None = None
    """Exact text of the first value; None: any answer that is not empty."""


@dataclass(frozen=True, slots=True)
class MachineDatabase:
    """How the database server of a test machine is logged in to."""

    credential: str
    port: int | None = None
    tls: str = "prefer"
    authority: str | None = None
    owners: bool = True
    """Load owners and rights too; the roles must be there."""


@dataclass(frozen=True, slots=True)
class RestoreMachine:
    """A prepared machine over SSH, on which a backup is restored for a test instead of here (R5.1)."""

    host: str
    credential: str
    port: int = 22
    legacy_crypto: bool = False
    folder: str = "/var/tmp"  # noqa: S108  # on the other machine; what is made in it has a generated name and is private
    """Directory there in which a folder with a generated name takes restored files."""
    database: MachineDatabase | None = None
    commands: tuple[tuple[str, ...], ...] = ()
    """What is run there on what was restored; each must end with exit code 0."""
    command_seconds: float = 600.0


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """How a job's backups are proven."""

    schedule: Schedule | None = None
    maximum_age: float = 35 * DAY
    """Seconds after which the last proven restore is too old."""
    questions: tuple[Question, ...] = ()
    step_limits: tuple[float, float, float, float] = (2 * DAY, DAY, DAY, DAY)
    """Seconds for each step (R5.3): prepare, load and test, users confirm, announce and report."""
    machine: RestoreMachine | None = None
    """None: restored on this machine."""


@dataclass(frozen=True, slots=True)
class VerifyPlan:
    """When a repository's data is read back, and in how many parts, so that every pack is covered in turn."""

    schedule: Schedule = field(default_factory=lambda: Schedule("every sun 04:00", window=12 * 3600.0))
    parts: int = 7


@dataclass(frozen=True, slots=True)
class RepositoryPlan:
    """A place that keeps backups: one restic repository with a key of its own."""

    name: str
    kind: str
    """The destination plug-in: local, external, sftp, rest, s3."""
    options: Any
    """The destination's own validated Config."""
    key: SecretReference
    """The repository's password."""
    site: str
    credential: str | None = None
    """How to log in to the destination, where it needs that."""
    minimum_free_bytes: int = 1024 * MEBIBYTE
    """A run does not begin with less free space there, where free space can be seen."""
    append_only: bool = False
    """This tool cannot delete there (design: one copy that no key of this machine removes)."""
    verify: VerifyPlan = VerifyPlan()


@dataclass(frozen=True, slots=True)
class BackupJob:
    """What is backed up together, when, to where, and how that is proven."""

    name: str
    source: str
    """The source plug-in: files, postgresql, mariadb, sqlite, network_config, command, own."""
    options: Any
    """The source's own validated Config."""
    owner: str
    schedule: Schedule
    repository: str
    """The first place."""
    covers: tuple[Subject, ...] = ()
    """Devices and services that this backs up."""
    copies: tuple[str, ...] = ()
    """Further repositories that get a copy with another key."""
    device: str | None = None
    """The device it is read from, whose address and host key are used; None: this machine."""
    credential: str | None = None
    keep: KeepRules = KeepRules()
    size_band: SizeBand = SizeBand()
    tries: int = 2
    """How often an incomplete run is made again at once (R4.1)."""
    maximum_age: float = 26 * 3600.0
    """Seconds after which the last success is too old."""
    restore: RestorePlan = RestorePlan()
    ping_url: str | None = None
    """Address told of start and end, in the manner of healthchecks."""
    personal_data: bool = False

    @property
    def places(self) -> tuple[str, ...]:
        """Every repository it is kept in, the first one first."""
        return (self.repository, *self.copies)


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """Everything the configuration says about backups."""

    jobs: Mapping[str, BackupJob] = field(default_factory=dict)
    repositories: Mapping[str, RepositoryPlan] = field(default_factory=dict)
    spool: str = "/var/backups/wenyam/spool"
    """Directory of dumps on their way; each job has a fixed place in it."""
    scratch: str = "/var/backups/wenyam/scratch"
    """Directory in which restore tests make their own places."""
    scratch_user: str | None = None
    """Account that private database servers run as when this program is root; they refuse root."""
    envelope_maximum_age: float = 365 * DAY
    """Seconds after which the last restore from the sealed envelope alone is too old."""


Parts = Mapping[str, Mapping[str, str]]
"""Section -> item -> what it was, as text: `rows` -> `public.customer` -> `1000`. Equal text means the same."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was in a backup, measured when it was made; a restore is compared with it."""

    source: str
    taken: Instant
    """The moment the data is of."""
    parts: Parts
    tools: Mapping[str, str] = field(default_factory=dict)
    """Program -> version that made it."""
    position: str = ""
    """LSN, GTID or another position in the system's own history."""
    newest_data: Instant | None = None
    """The newest thing in the data itself, where the source can see one; for the data age of a restore."""

    @property
    def items(self) -> int:
        """Number of things that can be compared."""
        return sum(len(section) for section in self.parts.values())

    @property
    def rows(self) -> int | None:
        """Rows of all tables together; None where no rows were counted."""
        counted = [int(count) for count in self.parts.get("rows", {}).values() if count.isdecimal()]
        return sum(counted) if counted else None
