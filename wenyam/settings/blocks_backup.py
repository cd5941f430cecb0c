"""The blocks of backups: where dumps pass through, where backups are kept, what is backed up when, and how that is proven."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from wenyam.model.backup import MOST_PARTS
from wenyam.settings.blocks import Written
from wenyam.settings.values import AbsolutePath, Duration, Line, Name, Ratio, Secret, Size, login_free_url, ratio

_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%")
_MOST = 100.0
"""A backup that grew a hundredfold is never what somebody meant to allow."""

Count = Annotated[int, Field(ge=0, le=10_000)]


def _growth(value: Any) -> float:
    """Return a share that may be more than the whole, such as `300%`."""
    percent = _PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    share = ratio(value) if percent is None else float(percent[1]) / 100
    if not 0 < share <= _MOST:
        raise ValueError("more than 0% and at most 10000% expected; 50% lets a backup be half as large again")
    return share


def _shrinking(share: float) -> float:
    if not 0 < share < 1:
        raise ValueError("more than 0% and less than 100% expected; 10% lets a backup lose a tenth of its size")
    return share


Shrinking = Annotated[Ratio, AfterValidator(_shrinking)]
Growth = Annotated[float, BeforeValidator(_growth), WithJsonSchema({"type": "string", "examples": ["50%"]})]


class BackupBlock(Written):
    """Where backups pass through on this machine."""

    spool: AbsolutePath = "/var/backups/wenyam/spool"
    """Directory of dumps on their way, for the backup account alone (0700)."""
    scratch: AbsolutePath = "/var/backups/wenyam/scratch"
    """Directory in which restore tests make their own places, for the backup account alone (0700)."""
    scratch_user: Name | None = None
    """Account of private database servers where Wenyam itself is root."""
    envelope_maximum_age: Duration = 365 * 86_400.0
    """An older restore from the sealed envelope alone is a fault."""


class VerifyBlock(Written):
    """When the stored data is read back, so that a flipped bit is found before it is needed."""

    schedule: str = "every sun 04:00"
    """When, such as `every sun 04:00`."""
    window: Duration = 12 * 3600.0
    """How late it may begin."""
    parts: Annotated[int, Field(ge=1, le=MOST_PARTS)] = 7
    """Each run reads one part of so many; after all of them every byte was read."""


class RepositoryBlock(Written):
    """A place that keeps backups, with a key of its own; further keys are the options of its kind."""

    kind: Name
    """How it is reached: `local`, `external`, `sftp`, `rest` or `s3`."""
    key: Secret
    """Where the repository's password is kept; `file:` only, because cron starts backups without anything else."""
    site: Name | None = None
    """Where it stands; the instance's when absent."""
    credential: Name | None = None
    """How to log in there, where that is needed."""
    minimum_free: Size = 1024 * 1024 * 1024
    """With less free space no backup begins."""
    append_only: bool = False
    """This machine's key cannot remove anything there."""
    verify: VerifyBlock = VerifyBlock()
    """Reading back."""


class KeepBlock(Written):
    """Which backups stay."""

    last: Count = 3
    """The newest so many, and of those before …"""
    daily: Count = 14
    """… the newest of so many days,"""
    weekly: Count = 8
    """weeks,"""
    monthly: Count = 12
    """months"""
    yearly: Count = 0
    """and years."""
    floor: Annotated[int, Field(ge=1, le=10_000)] = 3
    """Never fewer than so many are left."""


class SizeBandBlock(Written):
    """How far the size may move before a person is asked why."""

    shrink: Shrinking = 0.10
    """Loss of so much is an anomaly."""
    grow: Growth = 0.50
    """Growth by so much is an anomaly."""
    minimum: Size = 1024 * 1024
    """Smaller changes never are."""


class QuestionBlock(Written):
    """A question to the restored system."""

    ask: Annotated[str, Field(min_length=1)]
    """A query, or for files a path."""
    expect: str | None = None
    """The exact first value, in quotes; any that is not empty when absent."""


class StepLimitsBlock(Written):
    """How long each step of proving a backup may take (procedure สงบข.-05)."""

    prepare: Duration = 2 * 86_400.0
    """A place to restore into."""
    load: Duration = 86_400.0
    """Loading and testing."""
    confirm: Duration = 86_400.0
    """The user representatives' test."""
    announce: Duration = 86_400.0
    """Announcing and reporting."""


class MachineDatabaseBlock(Written):
    """The database server of a test machine."""

    credential: Name
    """How to log in to it, of kind `sql`: an account of its own, that may make and drop databases."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """The server's usual port when absent."""
    tls: Literal["prefer", "require", "verify"] = "prefer"
    """`require` insists on TLS, `verify` also checks the certificate."""
    authority: AbsolutePath | None = None
    """File of the authorities to trust, for `tls: verify`."""
    owners: bool = True
    """Load owners and rights too; their roles must be there."""


class MachineBlock(Written):
    """A prepared test machine over SSH, on which the backup is restored instead of here."""

    host: Annotated[Line, Field(pattern=r"^[A-Za-z0-9:][A-Za-z0-9.:-]*$")]
    """Address; its host key must be on record (`wenyam hostkey machine:JOB`)."""
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    """SSH port."""
    credential: Name
    """How to log in there, of kind `ssh-key`."""
    legacy_crypto: bool = False
    """Also take what SSH servers before about 2015 speak."""
    folder: AbsolutePath = "/var/tmp"  # noqa: S108  # on the other machine; what is made in it has a generated name and is private
    """Directory there in which restored files get a folder with a generated name."""
    database: MachineDatabaseBlock | None = None
    """Its database server, for a job that backs up databases."""
    commands: list[Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]] = Field(default_factory=list)
    """Programs of the application, lists of words, run there on `{database}` or `{folder}`; all must end with exit code 0."""
    command_timeout: Duration = 600.0
    """How long each may take."""


class RestoreBlock(Written):
    """How the backups are proven: by restoring them."""

    schedule: str | None = None
    """When they are restored for a test, such as `monthly first sat 09:00`; never by itself when absent."""
    window: Duration = 4 * 3600.0
    """How late a test may begin."""
    maximum_age: Duration | None = None
    """An older proof is a fault; 35 days when absent, or the time between two tests and their window where that is longer."""
    questions: list[QuestionBlock] = Field(default_factory=list)
    """What a restored system must be able to answer."""
    step_limits: StepLimitsBlock = StepLimitsBlock()
    """How long each step may take."""
    machine: MachineBlock | None = None
    """A prepared test machine; restored on this one when absent."""


class BackupJobBlock(Written):
    """What is backed up together; further keys are the options of its source."""

    source: Name
    """What makes the dump: `files`, `postgresql`, `mariadb`, `sqlite`, `network_config`, `command` or `own`."""
    device: Name | None = None
    """Device it is read from; this machine when absent."""
    credential: Name | None = None
    """How to log in there."""
    owner: str | None = None
    """Person who answers for it; never empty in the end."""
    covers: list[str] = Field(default_factory=list)
    """Devices by name and `service:NAME` that this backs up; `[]` says that there is none."""
    schedule: str
    """When, such as `every day 01:30`."""
    window: Duration = 4 * 3600.0
    """How late it may begin."""
    repository: Name
    """The first place."""
    copies: list[Name] = Field(default_factory=list)
    """Further places, best at another site; each has a key of its own."""
    keep: KeepBlock = KeepBlock()
    """Which backups stay."""
    size_band: SizeBandBlock = SizeBandBlock()
    """Sizes that need no explanation."""
    tries: Annotated[int, Field(ge=1, le=10)] = 2
    """Runs made at most, the first one counted; one that is incomplete is made again at once."""
    maximum_age: Duration | None = None
    """An older success is a fault; the time between two runs and their window when absent."""
    restore: RestoreBlock = RestoreBlock()
    """How it is proven."""
    ping_url: Annotated[Line, AfterValidator(login_free_url)] | None = None
    """Address told of start and end, in the manner of healthchecks."""
    personal_data: bool = False
    """Whether it holds personal data."""
